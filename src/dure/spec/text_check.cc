#include "dure/spec/text_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace dure::spec {
namespace {

struct CodeRange {
  char32_t first;
  char32_t last;
};

constexpr std::array<CodeRange, 11> blank_codes{{{0x09, 0x0D},
                                                 {0x20, 0x20},
                                                 {0x85, 0x85},
                                                 {0xA0, 0xA0},
                                                 {0x61C, 0x61C},
                                                 {0x1680, 0x1680},
                                                 {0x2000, 0x200F},
                                                 {0x2028, 0x202F},
                                                 {0x205F, 0x2069},
                                                 {0x3000, 0x3000},
                                                 {0xFEFF, 0xFEFF}}};

constexpr std::array<CodeRange, 4> direction_marks{
    {{0x61C, 0x61C}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2066, 0x2069}}};

bool is_in(char32_t code, std::span<const CodeRange> ranges) {
  return std::ranges::any_of(ranges, [&](const CodeRange& range) { return code >= range.first && code <= range.last; });
}

std::uint8_t byte(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

// The length that the first byte announces, 0 if it cannot be first.
std::size_t announced_length(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

bool is_valid(char32_t code, std::size_t length) {
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  return code >= least[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

BadText bad_character(Character character, std::string_view text) {
  if (character.bytes == 0) {
    return {.found = fmt::format("found the byte 0x{:02x}, which is not UTF-8", byte(text, 0)),
            .remedy = "save the file as UTF-8 text"};
  }
  return {.found = fmt::format("found the control character U+{:04X}", static_cast<unsigned>(character.code)),
          .remedy = "remove it: this must be a text file"};
}

}  // namespace

Character front_character(std::string_view text) {
  const std::size_t length = announced_length(byte(text, 0));
  if (length == 0 || length > text.size()) return {};
  if (length == 1) return {.code = byte(text, 0), .bytes = 1};
  char32_t code = byte(text, 0) & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(text, i) & 0xC0u) != 0x80u) return {};
    code = (code << 6) | (byte(text, i) & 0x3Fu);
  }
  if (!is_valid(code, length)) return {};
  return {.code = code, .bytes = length};
}

bool is_control(char32_t code) {
  if (code == '\t' || code == '\n' || code == '\r' || code == 0x85) return false;
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

bool is_blank(char32_t code) { return is_in(code, blank_codes); }

bool is_direction_mark(char32_t code) { return is_in(code, direction_marks); }

bool is_plain_line(std::string_view text) {
  if (find_bad_text(text)) return false;
  while (!text.empty()) {
    const Character character = front_character(text);
    if (character.code == '\n' || character.code == '\r' || is_direction_mark(character.code)) return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = front_character(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

std::optional<BadText> find_bad_text(std::string_view text) {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  while (!text.empty()) {
    const Character character = front_character(text);
    if (character.bytes == 0 || is_control(character.code)) {
      BadText bad = bad_character(character, text);
      bad.line = line;
      bad.column = column;
      return bad;
    }
    column = character.code == '\n' ? 1 : column + 1;
    if (character.code == '\n') ++line;
    text.remove_prefix(character.bytes);
  }
  return std::nullopt;
}

}  // namespace dure::spec
