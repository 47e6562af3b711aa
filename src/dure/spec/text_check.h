// Whether bytes are text: UTF-8 without control characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dure::spec {

// One character of UTF-8 text. `bytes` is 0 if the bytes at the front are not UTF-8.
struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;
};

// Returns the first character. Requires !text.empty().
Character front_character(std::string_view text);

// Control characters, apart from tab, line feed and carriage return.
bool is_control(char32_t code);
// White space, line breaks, and characters that show as nothing or change the direction of writing.
bool is_blank(char32_t code);

// An invisible mark that turns the direction of writing.
bool is_direction_mark(char32_t code);

bool is_utf8(std::string_view text);

// Whether it is text of one line that is written in the order in which it is read: a mark that turns the direction of
// writing makes `exe.txt` of `txt.exe` where it is shown.
bool is_plain_line(std::string_view text);

struct BadText {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::string found;
  std::string remedy;
};

// Returns the first thing that keeps `text` from being text, or nullopt.
std::optional<BadText> find_bad_text(std::string_view text);

}  // namespace dure::spec
