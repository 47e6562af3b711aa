#include "dure/cli/text_width.h"

#include <algorithm>
#include <array>

#include "dure/spec/text_check.h"

namespace dure::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Not of the C library's wcwidth(): what that says depends on the locale, which a job's log need not have.
constexpr std::array<Range, 8> without_width{{{0x0300, 0x036F},
                                              {0x1160, 0x11FF},
                                              {0x1AB0, 0x1AFF},
                                              {0x1DC0, 0x1DFF},
                                              {0x200B, 0x200F},
                                              {0x20D0, 0x20FF},
                                              {0xFE00, 0xFE0F},
                                              {0xFE20, 0xFE2F}}};
constexpr std::array<Range, 13> wide{{{0x1100, 0x115F},
                                      {0x2E80, 0x303E},
                                      {0x3041, 0x33FF},
                                      {0x3400, 0x4DBF},
                                      {0x4E00, 0x9FFF},
                                      {0xA000, 0xA4CF},
                                      {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},
                                      {0xFE30, 0xFE4F},
                                      {0xFF00, 0xFF60},
                                      {0xFFE0, 0xFFE6},
                                      {0x1F300, 0x1FAFF},
                                      {0x20000, 0x3FFFD}}};

template <std::size_t count>
bool is_in(const std::array<Range, count>& ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

std::size_t width_of(char32_t code) {
  if (is_in(without_width, code)) return 0;
  return is_in(wide, code) ? 2 : 1;
}

}  // namespace

std::size_t text_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const spec::Character character = spec::front_character(text);
    width += width_of(character.code);
    text.remove_prefix(std::max<std::size_t>(character.bytes, 1));
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (text_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::size_t taken = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const spec::Character character = spec::front_character(text.substr(bytes));
    const std::size_t more = width_of(character.code);
    if (taken + more > width - 1) break;
    taken += more;
    bytes += std::max<std::size_t>(character.bytes, 1);
  }
  return std::string(text.substr(0, bytes)) + "…";
}

}  // namespace dure::cli
