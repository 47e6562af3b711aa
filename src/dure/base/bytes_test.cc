#include "dure/base/bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

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

enum class Colour : std::uint8_t { red, green };
constexpr Colour last_of(Colour) { return Colour::green; }

struct Leaf {
  std::string name;
  std::optional<std::int64_t> amount;
  Colour colour = Colour::red;
  bool is_dry = false;
  bool operator==(const Leaf&) const = default;
};

struct Tree {
  JobId id;
  std::variant<Leaf, Time> root;
  std::vector<Leaf> leaves;
  std::vector<Tree> children;
  bool operator==(const Tree&) const = default;
};

template <class Archive>
void fields(Archive& archive, Like<Leaf> auto& leaf) {
  archive(leaf.name), archive(leaf.amount), archive(leaf.colour), archive(leaf.is_dry);
}

template <class Archive>
void fields(Archive& archive, Like<Tree> auto& tree) {
  archive(tree.id), archive(tree.root), archive(tree.leaves), archive(tree.children);
}

Tree some_tree() {
  const Leaf leaf{.name = "oak", .amount = -5, .colour = Colour::green, .is_dry = true};
  return {.id = JobId{7}, .root = Time{9}, .leaves = {leaf, {}}, .children = {{.root = leaf}, {.leaves = {leaf}}}};
}

TEST(Bytes, AreReadBackAsTheyWereWritten) {
  ByteWriter writer;
  writer(some_tree());
  EXPECT_EQ(from_bytes<Tree>(writer.bytes()), some_tree());
}

TEST(Bytes, AreReadWholeOrNotAtAll) {
  ByteWriter writer;
  writer(some_tree());
  for (std::size_t size = 0; size < writer.bytes().size(); ++size) {
    EXPECT_EQ(from_bytes<Tree>(writer.bytes().first(size)), std::nullopt) << size;
  }
  writer(std::uint8_t{0});
  EXPECT_EQ(from_bytes<Tree>(writer.bytes()), std::nullopt);
}

// What is read is written again as the same bytes, whatever they are.
TEST(Bytes, HaveOneReadingEach) {
  ByteWriter writer;
  writer(some_tree());
  std::vector<std::byte> bytes(writer.bytes().begin(), writer.bytes().end());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      const std::byte before = std::exchange(bytes[at], static_cast<std::byte>(value));
      if (const auto tree = from_bytes<Tree>(bytes)) {
        ByteWriter again;
        again(*tree);
        EXPECT_TRUE(std::ranges::equal(again.bytes(), bytes)) << at << " " << value;
      }
      bytes[at] = before;
    }
  }
}

TEST(Bytes, OfATreeWithoutAnEndAreRefused) {
  Tree tree;
  for (int depth = 0; depth < 100; ++depth) {
    Tree parent;
    parent.children.push_back(std::move(tree));
    tree = std::move(parent);
  }
  ByteWriter writer;
  writer(tree);
  EXPECT_EQ(from_bytes<Tree>(writer.bytes()), std::nullopt);
}

TEST(Bytes, ThatPromiseMoreThanTheyHoldTakeNoMemory) {
  ByteWriter writer;
  writer(std::uint32_t{0xFFFF'FFFF});
  EXPECT_EQ(from_bytes<std::vector<Tree>>(writer.bytes()), std::nullopt);
  EXPECT_EQ(from_bytes<std::string>(writer.bytes()), std::nullopt);
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
