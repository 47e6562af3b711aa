#include "dure/http/utf8.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace dure::http {
namespace {

// What the first byte of a character says: how many bytes follow, and the least code point that needs so many.
struct Lead {
  std::size_t following;
  std::uint32_t bits;
  std::uint32_t least;
};

std::optional<Lead> lead(unsigned char byte) {
  if (byte < 0x80) return Lead{0, byte, 0};
  if ((byte & 0xe0U) == 0xc0) return Lead{1, byte & 0x1fU, 0x80};
  if ((byte & 0xf0U) == 0xe0) return Lead{2, byte & 0x0fU, 0x800};
  if ((byte & 0xf8U) == 0xf0) return Lead{3, byte & 0x07U, 0x10000};
  return std::nullopt;
}

bool is_control(std::uint32_t point) { return point < 0x20 || (point >= 0x7f && point < 0xa0); }
bool is_surrogate(std::uint32_t point) { return point >= 0xd800 && point < 0xe000; }

}  // namespace

bool is_utf8(std::string_view text, Controls controls) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = lead(static_cast<unsigned char>(text[at++]));
    if (!first || text.size() - at < first->following) return false;
    std::uint32_t point = first->bits;
    for (std::size_t i = 0; i < first->following; ++i) {
      const auto byte = static_cast<unsigned char>(text[at++]);
      if ((byte & 0xc0U) != 0x80) return false;
      point = point << 6U | (byte & 0x3fU);
    }
    if (point < first->least || point > 0x10ffff || is_surrogate(point)) return false;
    if (controls == Controls::refused && is_control(point)) return false;
  }
  return true;
}

}  // namespace dure::http
