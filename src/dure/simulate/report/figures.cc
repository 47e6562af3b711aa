#include "dure/simulate/report/figures.h"

#include <fmt/format.h>

#include "dure/simulate/report/html.h"

namespace dure::simulate {
namespace {

// Units are set smaller than their numbers: every second word of a span such as `3 h 12 min`.
std::string value_html(std::string_view value) {
  static constexpr std::string_view space = "\u00a0";
  std::string html;
  for (bool is_unit = false;; is_unit = !is_unit) {
    const std::size_t end = value.find(space);
    html +=
        fmt::format("{}{}{}", is_unit ? "<small>\u00a0" : "", escape(value.substr(0, end)), is_unit ? "</small> " : "");
    if (end == std::string_view::npos) return html;
    value.remove_prefix(end + space.size());
  }
}

std::string figure_html(const Figure& figure) {
  const std::string detail =
      figure.detail.empty() ? "" : fmt::format("<dd class=\"detail\">{}</dd>", escape(figure.detail));
  return fmt::format("<div><dt>{}</dt><dd class=\"value\">{}</dd>{}</div>\n", escape(figure.label),
                     value_html(figure.value), detail);
}

}  // namespace

std::string figures_html(std::string_view kind, std::span<const Figure> figures) {
  std::string html = fmt::format("<dl class=\"{}\">\n", kind);
  for (const Figure& figure : figures) html += figure_html(figure);
  return html + "</dl>\n";
}

}  // namespace dure::simulate
