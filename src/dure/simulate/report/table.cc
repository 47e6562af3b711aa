#include "dure/simulate/report/table.h"

#include <fmt/format.h>

#include <string_view>

#include "dure/base/assert.h"
#include "dure/simulate/report/html.h"

namespace dure::simulate {
namespace {

std::string_view alignment(const HtmlColumn& column) { return column.is_number ? " class=\"number\"" : ""; }

std::string head(const HtmlTable& table) {
  std::string html = "<thead><tr>";
  for (const HtmlColumn& column : table.columns) {
    html += fmt::format("<th scope=\"col\"{}>{}</th>", alignment(column), escape(column.heading));
  }
  return html + "</tr></thead>\n";
}

std::string row_html(const HtmlTable& table, const std::vector<std::string>& row) {
  DURE_ASSERT(row.size() == table.columns.size());
  std::string html = fmt::format("<tr><th scope=\"row\"{}>{}</th>", alignment(table.columns[0]), escape(row[0]));
  for (std::size_t i = 1; i < row.size(); ++i) {
    html += fmt::format("<td{}>{}</td>", alignment(table.columns[i]), escape(row[i]));
  }
  return html + "</tr>\n";
}

}  // namespace

std::string to_html(const HtmlTable& table) {
  std::string html = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"{0}\"><table><caption>{0}</caption>\n",
      escape(table.caption));
  html += head(table) + "<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) html += row_html(table, row);
  return html + "</tbody></table></div>\n";
}

}  // namespace dure::simulate
