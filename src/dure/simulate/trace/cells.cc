#include "dure/simulate/trace/cells.h"

#include <fmt/format.h>

#include "dure/simulate/trace/visible_text.h"

namespace dure::simulate {

std::string Cells::name(Cell cell) {
  constexpr std::size_t size_max = 1024;
  if (cell.text.size() > size_max || !is_visible(cell.text)) {
    refuse(cell, "write UTF-8 text of at most 1024 bytes without control characters");
    return {};
  }
  return std::string(cell.text);
}

void Cells::refuse(Cell cell, std::string_view right) {
  if (!problem_.empty()) return;
  problem_ = cell.text.empty() ? fmt::format("{} is empty; {}", cell.column, right)
                               : fmt::format("{} is '{}'; {}", cell.column, visible(cell.text), right);
}

}  // namespace dure::simulate
