#include "dure/spec/scalars.h"

#include <gtest/gtest.h>

namespace dure::spec {
namespace {

// Reads `text` as the whole of a file; the message if it is refused.
template <class Read>
auto read(std::string_view text, const Read& reader) {
  return read_text(text, "f", [&](const Node& node) { return reader(node); });
}

TEST(Scalars, MemoryIsInMebibytes) {
  EXPECT_EQ(read("512Gi", read_memory), 512 * 1024);
  EXPECT_EQ(read("16Mi", read_memory), 16);
  EXPECT_EQ(read("1Ti", read_memory), 1024 * 1024);
  EXPECT_EQ(read("1025Ki", read_memory), 2);
  EXPECT_EQ(read("1048576Ti", read_memory), std::int64_t{1} << 40);
  for (const char* text :
       {"0Gi", "-1Gi", "1.5Gi", "10GB", "10 Gi", "512", "Gi", "1048577Ti", "99999999999999999999Ki", "[]"}) {
    EXPECT_FALSE(read(text, read_memory)) << text;
  }
}

TEST(Scalars, AmountsAreInThousandths) {
  EXPECT_EQ(read("8", read_amount), 8000);
  EXPECT_EQ(read("0.25", read_amount), 250);
  EXPECT_EQ(read("1.5", read_amount), 1500);
  EXPECT_EQ(read("0", read_amount), 0);
  EXPECT_EQ(read("1000000000", read_amount), 1'000'000'000'000);
  for (const char* text : {"1000000000.001", "-1", "+1", "1e3", ".5", "5.", "1.2.3", "0.1234", "nan", ".inf", "'8'",
                           "1,5", "99999999999999999999999"}) {
    EXPECT_FALSE(read(text, read_amount)) << text;
  }
  EXPECT_EQ(amount_text(8000), "8");
  EXPECT_EQ(amount_text(250), "0.25");
  EXPECT_EQ(amount_text(10), "0.01");
  EXPECT_EQ(amount_text(100'000), "100");
}

TEST(Scalars, RealsAreFiniteAndInRange) {
  EXPECT_EQ(read("1.5", real_in(0, 10)), 1.5);
  EXPECT_EQ(read("1e1", real_in(0, 10)), 10.0);
  for (const char* text : {".nan", "nan", "NaN", ".inf", "inf", "-1", "10.01", "1e999", "0x10", "", "1 2"}) {
    EXPECT_FALSE(read(text, real_in(0, 10))) << text;
  }
}

TEST(Scalars, IntegersAreInRange) {
  EXPECT_EQ(read("0", integer_in<std::uint32_t>(0, 64)), 0u);
  EXPECT_EQ(read("64", integer_in<std::uint32_t>(0, 64)), 64u);
  EXPECT_EQ(read("65", integer_in<std::uint32_t>(0, 64)).error().message,
            "f:1:1: found 65; write a whole number from 0 to 64");
  for (const char* text : {"-1", "+1", "1.0", "1e1", "0x1", "\"1\"", "99999999999999999999"}) {
    EXPECT_FALSE(read(text, integer_in<std::uint32_t>(0, 64))) << text;
  }
}

TEST(Scalars, NamesHaveNoBlanksSlashesOrControlCharacters) {
  EXPECT_EQ(read("네이버-1", read_name), "네이버-1");
  EXPECT_EQ(read(std::string(128, 'x'), read_name), std::string(128, 'x'));
  for (const std::string& text :
       {std::string(129, 'x'), std::string("\"\""), std::string("a b"), std::string("a/b"), std::string("\"a\\tb\""),
        std::string("\"a\\u3000b\""), std::string("\"a\\u202eb\""), std::string("\"\\u0000\""), std::string("~")}) {
    EXPECT_FALSE(read(text, read_name)) << text;
  }
}

TEST(Scalars, BooleansAreTrueAndFalse) {
  EXPECT_EQ(read("true", read_boolean), true);
  EXPECT_EQ(read("false", read_boolean), false);
  for (const char* text : {"yes", "True", "\"true\"", "1"}) EXPECT_FALSE(read(text, read_boolean)) << text;
}

TEST(Scalars, PathsAreNamesJoinedBySlashes) {
  EXPECT_EQ(read("a/b/c", read_path), "a/b/c");
  for (const char* text : {"/a", "a/", "a//b", "a/b c"}) EXPECT_FALSE(read(text, read_path)) << text;
}

}  // namespace
}  // namespace dure::spec
