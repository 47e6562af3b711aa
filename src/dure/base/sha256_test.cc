#include "dure/base/sha256.h"

#include <gtest/gtest.h>

namespace dure {
namespace {

// The examples of FIPS 180.
TEST(Sha256, IsTheOneThatOthersCompute) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, IsReadBackFromItsDigitsAndFromNothingElse) {
  const std::string text = hex(sha256("abc"));
  EXPECT_EQ(parse_sha256(text), sha256("abc"));
  EXPECT_EQ(parse_sha256(text.substr(1)), std::nullopt);
  EXPECT_EQ(parse_sha256("B" + text.substr(1)), std::nullopt);
  EXPECT_EQ(parse_sha256("x" + text.substr(1)), std::nullopt);
}

}  // namespace
}  // namespace dure
