#include "dure/base/bytes.h"

#include <gtest/gtest.h>

#include "dure/base/hash.h"

namespace dure {
namespace {

std::vector<int> bytes_of(const auto&... values) {
  ByteWriter writer;
  (writer(values), ...);
  std::vector<int> bytes;
  for (std::byte byte : writer.bytes()) bytes.push_back(static_cast<int>(byte));
  return bytes;
}

TEST(Bytes, AreLittleEndianOfFixedWidth) {
  EXPECT_EQ(bytes_of(std::uint32_t{0x01020304}), (std::vector<int>{4, 3, 2, 1}));
  EXPECT_EQ(bytes_of(std::int16_t{-2}), (std::vector<int>{254, 255}));
  EXPECT_EQ(bytes_of(JobId{5}), (std::vector<int>{5, 0, 0, 0}));
  EXPECT_EQ(bytes_of(Duration{1}).size(), 8u);
}

TEST(Bytes, TellWhereASequenceEndsAndWhetherThereIsAnything) {
  EXPECT_EQ(bytes_of(std::string("ab")), (std::vector<int>{2, 0, 0, 0, 'a', 'b'}));
  EXPECT_NE(bytes_of(std::string("ab"), std::string("c")), bytes_of(std::string("a"), std::string("bc")));
  EXPECT_EQ(bytes_of(std::optional<std::uint8_t>{}), std::vector<int>{0});
  EXPECT_EQ(bytes_of(std::optional<std::uint8_t>{0}), (std::vector<int>{1, 0}));
  EXPECT_EQ(bytes_of(std::vector<std::uint8_t>{7, 8}), (std::vector<int>{2, 0, 0, 0, 7, 8}));
}

TEST(Bytes, StartAnewWhenCleared) {
  ByteWriter writer;
  writer(std::string(1000, 'x'));
  writer.clear();
  EXPECT_EQ(writer.bytes().size(), 0u);
  writer(std::uint8_t{9});
  EXPECT_EQ(writer.bytes().size(), 1u);
}

TEST(Hash, ContinuesItsChain) {
  ByteWriter writer;
  writer(std::uint8_t{1});
  const std::uint64_t one = chain_hash(0, writer.bytes());
  EXPECT_EQ(one, chain_hash(0, writer.bytes()));
  EXPECT_NE(one, chain_hash(1, writer.bytes()));
  EXPECT_NE(chain_hash(one, writer.bytes()), one);
}

TEST(Hash, IsShownAsSixteenDigits) {
  EXPECT_EQ(hex16(0), "0000000000000000");
  EXPECT_EQ(hex16(0xABCDEF0123456789), "abcdef0123456789");
}

}  // namespace
}  // namespace dure
