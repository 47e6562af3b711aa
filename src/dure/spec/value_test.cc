#include "dure/spec/value.h"

#include <gtest/gtest.h>

#include <string>

namespace dure::spec {
namespace {

struct Parsed {
  std::optional<Value> value;
  std::string message;
};

Parsed parsed(std::string_view text) {
  Mistakes mistakes;
  Parsed result{.value = parse(text, mistakes.add_file("f"), mistakes), .message = {}};
  if (!mistakes.empty()) result.message = mistakes.error().message;
  return result;
}

std::string repeated(std::string_view pattern, std::size_t times) {
  std::string text;
  text.reserve(pattern.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += pattern;
  return text;
}

TEST(Value, KnowsThePlaceOfEverything) {
  const auto [value, message] = parsed("a: 1\nb:\n- {c: \"x\", d: ~}\n");
  ASSERT_TRUE(value) << message;
  EXPECT_EQ(value->find("a")->text, "1");
  EXPECT_FALSE(value->find("a")->is_quoted);
  const Value& item = value->find("b")->items.at(0);
  EXPECT_EQ(item.place, (Place{.line = 3, .column = 3}));
  EXPECT_TRUE(item.find("c")->is_quoted);
  EXPECT_EQ(item.find("c")->place, (Place{.line = 3, .column = 7}));
  EXPECT_EQ(item.find("d")->kind, Kind::null);
}

TEST(Value, CountsColumnsInCharacters) {
  const auto [value, message] = parsed("{이름: 값, b: c}\n");
  ASSERT_TRUE(value) << message;
  EXPECT_EQ(value->find("이름")->place.column, 6u);
  EXPECT_EQ(value->find("b")->place.column, 12u);
}

TEST(Value, JsonIsYaml) {
  const auto [value, message] = parsed(R"({"a": [1, true, null], "b": {"c": "\u00e9"}})");
  ASSERT_TRUE(value) << message;
  EXPECT_EQ(value->find("a")->items.size(), 3u);
  EXPECT_EQ(value->find("b")->find("c")->text, "é");
}

TEST(Value, AByteOrderMarkAndWindowsLineEndsAreAccepted) {
  const auto [value, message] = parsed(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n");
  ASSERT_TRUE(value) << message;
  EXPECT_EQ(value->find("b")->text, "2");
}

TEST(Value, EmptyTextIsNull) {
  EXPECT_EQ(parsed("").value->kind, Kind::null);
  EXPECT_EQ(parsed("# nothing\n").value->kind, Kind::null);
}

TEST(Value, GoesOnAfterADuplicateKey) {
  const auto [value, message] = parsed("a: 1\nb: 2\na: 3\nb: 4\n");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->find("a")->text, "1");
  EXPECT_EQ(value->entries.size(), 2u);
  EXPECT_EQ(message,
            "f:3:1: found the key 'a' a second time; keep one; the first is on line 1\n"
            "f:4:1: found the key 'b' a second time; keep one; the first is on line 2");
}

// Each of these has brought down a parser: the stack, the memory or the time must not be the input's to
// choose.
TEST(Value, HostileNestingIsRefused) {
  constexpr std::size_t times = 100'000;
  for (const char* pattern : {"[", "{", "- ", "? ", "{a: ", "[\n", "[a, ", "{a: [", "[{"}) {
    const auto [value, message] = parsed(repeated(pattern, times));
    EXPECT_FALSE(value) << pattern;
    EXPECT_NE(message.find("found lists and mappings nested more than 64 deep"), std::string::npos) << message;
  }
  std::string indented;
  for (std::size_t i = 0; i < 1000; ++i) indented += std::string(i, ' ') + "a:\n";
  EXPECT_FALSE(parsed(indented).value);
}

TEST(Value, SixtyFourLevelsAreAccepted) {
  EXPECT_TRUE(parsed(repeated("[", 64) + repeated("]", 64)).value);
  EXPECT_FALSE(parsed(repeated("[", 65) + repeated("]", 65)).value);
  EXPECT_TRUE(parsed(repeated("- ", 63) + "[]").value);
}

TEST(Value, AnAliasBombIsRefusedWithoutGrowing) {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias + ", " + alias + "]\n";
  }
  const auto [value, message] = parsed(text);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->find("a29")->items.at(0).kind, Kind::refused);
  EXPECT_EQ(message.find("f:1:5: found the anchor 'a0'; remove it: anchors and aliases are not accepted"), 0u);
}

TEST(Value, TooManyValuesAndBytesAreRefused) {
  EXPECT_NE(parsed(repeated("- a\n", most_values + 1)).message.find("found more than 500000 values"),
            std::string::npos);
  EXPECT_EQ(parsed(std::string(most_text_bytes + 1, '#')).message, "f: found 4194305 bytes; keep a file below 4 MiB");
}

TEST(Value, BytesThatAreNoTextAreRefused) {
  using namespace std::string_literals;
  EXPECT_EQ(parsed("a: 1\nb: \xff").message,
            "f:2:4: found the byte 0xff, which is not UTF-8; save the file as UTF-8 text");
  EXPECT_EQ(parsed("a: \xed\xa0\x80").message,
            "f:1:4: found the byte 0xed, which is not UTF-8; save the file as UTF-8 text");
  EXPECT_EQ(parsed("a: \0"s).message, "f:1:4: found the control character U+0000; remove it: this must be a text file");
  EXPECT_EQ(parsed("a: \x04").message,
            "f:1:4: found the control character U+0004; remove it: this must be a text file");
}

TEST(Value, QuotesWhatDoesNotPrint) {
  EXPECT_EQ(quote("a b"), "'a b'");
  EXPECT_EQ(quote("a\nb\x01"), "'a\\u000ab\\u0001'");
  EXPECT_EQ(quote(std::string(100, 'x')), "'" + std::string(60, 'x') + "...'");
}

}  // namespace
}  // namespace dure::spec
