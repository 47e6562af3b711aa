#include "dure/spec/json_value.h"

#include <gtest/gtest.h>

#include <string>

namespace dure::spec {
namespace {

struct ParsedJson {
  std::optional<Value> value;
  std::string message;
};

ParsedJson parsed_json(std::string_view text) {
  Mistakes mistakes;
  ParsedJson result{.value = parse_json(text, mistakes.add_file("f"), mistakes), .message = {}};
  if (!mistakes.empty()) result.message = mistakes.error().message;
  return result;
}

std::string repeated_json(std::string_view pattern, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += pattern;
  return text;
}

// The tree as YAML would have it, places and all.
std::string shown(const Value& value) {
  std::string text = std::to_string(value.place.line) + ":" + std::to_string(value.place.column) + " ";
  if (value.kind == Kind::scalar) return text + (value.is_quoted ? "'" + value.text + "'" : value.text);
  if (value.kind == Kind::null) return text + "~";
  text += value.kind == Kind::sequence ? "[" : "{";
  for (const Value& item : value.items) text += shown(item) + ", ";
  for (const Entry& entry : value.entries) {
    text += std::to_string(entry.key_place.line) + ":" + std::to_string(entry.key_place.column) + " " + entry.key +
            "=" + shown(entry.value) + ", ";
  }
  return text + (value.kind == Kind::sequence ? "]" : "}");
}

TEST(JsonValue, IsTheTreeThatYamlMakesOfTheSameText) {
  for (const std::string_view text : {
           R"({"a": [1, true, null], "b": {"c": "\u00e9"}})",
           "{\n  \"a\": -1.5e3,\n  \"b\": [\"x\\\"y\", {\"c\": {}}, []],\n  \"d\": \"\"\n}\n",
           R"({"이름": "값", "b": [[1],[2,3]], "c" : false })",
           R"(["one", "two\\", "\\\"", "three"])",
           R"("text")",
           "12",
       }) {
    Mistakes mistakes;
    const auto yaml = parse(text, mistakes.add_file("f"), mistakes);
    const auto [json, message] = parsed_json(text);
    ASSERT_TRUE(yaml && json) << text << message;
    EXPECT_EQ(shown(*json), shown(*yaml)) << text;
  }
}

TEST(JsonValue, DecodesEscapes) {
  const auto [value, message] = parsed_json(R"({"a\n": "\ud83d\ude00 \/ \t \u0000"})");
  ASSERT_TRUE(value) << message;
  using namespace std::string_literals;
  EXPECT_EQ(value->find("a\n")->text, "\xF0\x9F\x98\x80 / \t \0"s);
}

TEST(JsonValue, GoesOnAfterARepeatedOrAnEmptyKey) {
  const auto [value, message] = parsed_json("{\"a\": 1,\n \"a\": 2, \"\": 3, \"b\": 4}");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->find("a")->text, "1");
  EXPECT_EQ(value->entries.size(), 2u);
  EXPECT_EQ(message,
            "f:2:2: found the key 'a' a second time; keep one; the first is on line 1\n"
            "f:2:10: found '' as a key; write plain text before the ':'");
}

TEST(JsonValue, ManyKeysAreComparedToo) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += "\"k" + std::to_string(i) + "\": 1,\n";
  EXPECT_EQ(parsed_json(text + "\"k500\": 2}").message,
            "f:1001:1: found the key 'k500' a second time; keep one; the first is on line 501");
}

TEST(JsonValue, SixtyFourLevelsAreAccepted) {
  EXPECT_TRUE(parsed_json(repeated_json("[", 64) + repeated_json("]", 64)).value);
  EXPECT_EQ(parsed_json(repeated_json("[", 65) + repeated_json("]", 65)).message,
            "f:1:65: found lists and mappings nested more than 64 deep; nest them less");
  EXPECT_FALSE(parsed_json(repeated_json("{\"a\":", 100'000)).value);
}

TEST(JsonValue, TooManyValuesAndBytesAreRefused) {
  EXPECT_TRUE(parsed_json("[" + repeated_json("1,", most_values - 2) + "1]").value);
  EXPECT_NE(
      parsed_json("[" + repeated_json("1,", most_values - 1) + "1]").message.find("found more than 500000 values"),
      std::string::npos);
  EXPECT_EQ(parsed_json(std::string(most_text_bytes + 1, ' ')).message, "f: found 4194305 bytes; send at most 4 MiB");
}

struct Case {
  std::string text;
  std::string message;
};

TEST(JsonValue, WhatIsNoJsonHasAMessageWithItsPlace) {
  using namespace std::string_literals;
  const Case cases[] = {
      {"", "f:1:1: found the end of the text; complete it"},
      {"{\"a\": [1, 2", "f:1:7: found a '[' that is never closed; close it with ']'"},
      {"{\"a\": \"b", "f:1:1: found a '{' that is never closed; close it with '}'"},
      {"{} {}", "f:1:4: found more text after the end of the document; send one document at a time"},
      {"{\"a\": 1,}", "f:1:9: found '}' where JSON has none; check the quotes, the commas and the brackets before it"},
      {"{'a': 1}", "f:1:2: found ''' where JSON has none; check the quotes, the commas and the brackets before it"},
      {"[1, 값]", "f:1:5: found '값' where JSON has none; check the quotes, the commas and the brackets before it"},
      {"[NaN]", "f:1:2: found 'N' where JSON has none; check the quotes, the commas and the brackets before it"},
      {"[\"\\u12zz\"]", "f:1:7: found an escape that is no character; write \\u and four hexadecimal digits"},
      {"[\"a\nb\"]",
       "f:1:4: found '\\u000a' where JSON has none; check the quotes, the commas and the brackets before it"},
      {"[\"\xff\"]", "f:1:3: found the byte 0xff, which is not UTF-8; save the file as UTF-8 text"},
      {"[\"\0\"]"s, "f:1:3: found the control character U+0000; remove it: this must be a text file"},
  };
  for (const Case& each : cases) {
    const auto [value, message] = parsed_json(each.text);
    EXPECT_FALSE(value) << each.text;
    EXPECT_EQ(message, each.message);
  }
}

}  // namespace
}  // namespace dure::spec
