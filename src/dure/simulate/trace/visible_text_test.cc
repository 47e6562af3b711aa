#include "dure/simulate/trace/visible_text.h"

#include <gtest/gtest.h>

namespace dure::simulate {
namespace {

TEST(VisibleText, IsUtf8WithoutControlCharacters) {
  for (const char* text : {"", "train", "두레", "a b", "é", "\xc2\xa0", "\xf0\x9f\x98\x80"})
    EXPECT_TRUE(is_visible(text)) << text;
  for (const char* text : {"\t", "a\n", "\x7f", "\xc2\x80", "\xc0\x80", "\xff", "\xe0\x80\x80", "\xed\xa0\x80",
                           "\xf4\x90\x80\x80", "\xe3\x81", "\x80"}) {
    EXPECT_FALSE(is_visible(text)) << visible(text);
  }
}

TEST(VisibleText, ShowsOtherBytesAsQuestionMarksAndCutsBetweenCharacters) {
  EXPECT_EQ(visible("a\x1b[31m\xff"), "a?[31m?");
  EXPECT_EQ(visible("1234", 4), "1234");
  EXPECT_EQ(visible("12345", 4), "1234...");
  EXPECT_EQ(visible("두레두레", 4), "두레...");
}

}  // namespace
}  // namespace dure::simulate
