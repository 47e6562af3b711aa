// Tables of texts.
#pragma once

#include <string>
#include <vector>

namespace dure::simulate {

struct HtmlColumn {
  std::string heading;
  bool is_number = true;  // set to the right, in figures of one width
};

// The first cell of a row heads it.
struct HtmlTable {
  std::string caption;
  std::vector<HtmlColumn> columns;
  std::vector<std::vector<std::string>> rows;  // as many cells as columns
};

// Returns the HTML. All text is escaped.
std::string to_html(const HtmlTable& table);

}  // namespace dure::simulate
