#include "dure/http/gzip.h"

#include <gtest/gtest.h>

#include <string>

namespace dure::http {
namespace {

using Outcome = Unpacked::Outcome;

TEST(Gzip, UnpacksWhatItPacked) {
  GzipPacker packer;
  for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 1'000'000U}) {
    const std::string bytes(size, 'x');
    const Unpacked unpacked = unpack_gzip(packer.pack(bytes), 1'000'000);
    EXPECT_EQ(unpacked.outcome, Outcome::whole) << size;
    EXPECT_EQ(unpacked.bytes, bytes) << size;
  }
}

TEST(Gzip, StopsAtTheBound) {
  const std::string packed = GzipPacker().pack(std::string(100'000, 'x'));
  EXPECT_EQ(unpack_gzip(packed, 100'000).outcome, Outcome::whole);
  EXPECT_EQ(unpack_gzip(packed, 99'999).outcome, Outcome::too_large);
  EXPECT_EQ(unpack_gzip(packed, 65'536).outcome, Outcome::too_large);
  EXPECT_EQ(unpack_gzip(packed, 0).outcome, Outcome::too_large);
}

TEST(Gzip, ReadsSeveralMembersAsOne) {
  GzipPacker packer;
  EXPECT_EQ(unpack_gzip(packer.pack("one ") + packer.pack("two"), 100).bytes, "one two");
}

TEST(Gzip, TellsDamageAtEveryCut) {
  const std::string packed = GzipPacker().pack("some text, and some text again");
  for (std::size_t at = 0; at < packed.size(); ++at) {
    EXPECT_EQ(unpack_gzip(packed.substr(0, at), 1000).outcome, Outcome::damaged) << at;
  }
  EXPECT_EQ(unpack_gzip(packed + "x", 1000).outcome, Outcome::damaged);
  EXPECT_EQ(unpack_gzip("plain text", 1000).outcome, Outcome::damaged);
}

}  // namespace
}  // namespace dure::http
