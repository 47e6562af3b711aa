// Figures with their labels, in a grid.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dure::simulate {

struct Figure {
  std::string label;
  std::string value;
  std::string detail;  // may be empty
};

// Returns the HTML of a list of that class. All text of the figures is escaped.
std::string figures_html(std::string_view kind, std::span<const Figure> figures);

}  // namespace dure::simulate
