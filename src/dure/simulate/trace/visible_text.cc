#include "dure/simulate/trace/visible_text.h"

#include <array>
#include <cstdint>

namespace dure::simulate {
namespace {

// Well-formed UTF-8 by the first byte: how many bytes, and the range of the second (RFC 3629).
struct Lead {
  std::uint8_t first_min, first_max;
  std::size_t size;
  std::uint8_t second_min, second_max;
};

constexpr std::array<Lead, 8> leads{{{0xc2, 0xdf, 2, 0x80, 0xbf},
                                     {0xe0, 0xe0, 3, 0xa0, 0xbf},
                                     {0xe1, 0xec, 3, 0x80, 0xbf},
                                     {0xed, 0xed, 3, 0x80, 0x9f},
                                     {0xee, 0xef, 3, 0x80, 0xbf},
                                     {0xf0, 0xf0, 4, 0x90, 0xbf},
                                     {0xf1, 0xf3, 4, 0x80, 0xbf},
                                     {0xf4, 0xf4, 4, 0x80, 0x8f}}};

bool is_sequence(const Lead& lead, std::string_view text) {
  if (text.size() < lead.size) return false;
  const auto second = static_cast<std::uint8_t>(text[1]);
  if (second < lead.second_min || second > lead.second_max) return false;
  for (std::size_t i = 2; i < lead.size; ++i) {
    if ((static_cast<std::uint8_t>(text[i]) & 0xc0) != 0x80) return false;
  }
  return lead.first_min != 0xc2 || static_cast<std::uint8_t>(text[0]) != 0xc2 || second >= 0xa0;  // C1 controls
}

// Returns the size of the visible character at the front of `text`, which is not empty; 0 if there is none.
std::size_t character_size(std::string_view text) {
  const auto first = static_cast<std::uint8_t>(text.front());
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  for (const Lead& lead : leads) {
    if (first >= lead.first_min && first <= lead.first_max) return is_sequence(lead, text) ? lead.size : 0;
  }
  return 0;
}

}  // namespace

bool is_visible(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string visible(std::string_view text, std::size_t size_max) {
  std::string shown;
  while (!text.empty()) {
    if (shown.size() >= size_max) return shown + "...";
    const std::size_t size = character_size(text);
    shown += size == 0 ? "?" : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return shown;
}

}  // namespace dure::simulate
