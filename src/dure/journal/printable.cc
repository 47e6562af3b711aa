#include "dure/journal/printable.h"

namespace dure {

std::string printable(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    bool is_whole = size > 0 && at + size <= text.size();
    for (std::size_t i = 1; is_whole && i < size; ++i) is_whole = (static_cast<unsigned char>(text[at + i]) >> 6) == 2;
    out += is_whole ? text.substr(at, size) : "?";
    at += is_whole ? size : 1;
  }
  return out;
}

}  // namespace dure
