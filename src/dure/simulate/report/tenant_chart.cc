#include "dure/simulate/report/tenant_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "dure/simulate/report/axis.h"
#include "dure/simulate/report/html.h"
#include "dure/simulate/report/table.h"
#include "dure/simulate/report/text.h"

namespace dure::simulate {
namespace {

constexpr std::size_t most_bars = 20;
constexpr std::size_t most_rows = 2000;  // of the table

struct Bar {
  std::string name;      // HTML
  double used = 0;       // part of the fleet, 0..1
  double guarantee = 0;  // likewise; 0 if none
};

// The tenants that get a line of their own, and the sum of the others.
struct Split {
  std::span<const TenantShare> first;
  std::optional<TenantShare> rest;
};

// The organisation and programme step back behind the project; a long path breaks after a slash.
std::string name_html(std::string_view path) {
  std::string parents;
  for (std::size_t slash; (slash = path.find('/')) != std::string_view::npos; path.remove_prefix(slash + 1)) {
    parents += escape(path.substr(0, slash)) + "/<wbr/>";
  }
  return fmt::format("<span class=\"parents\">{}</span>{}", parents, escape(path));
}

TenantShare sum(std::span<const TenantShare> tenants) {
  TenantShare all{.path = fmt::format("{} others", count_text(tenants.size()))};
  double wait_s = 0;
  for (const TenantShare& tenant : tenants) {
    all.used_gpu_hours += tenant.used_gpu_hours;
    all.share += tenant.share;
    all.guarantee += tenant.guarantee;
    all.jobs += tenant.jobs;
    wait_s += tenant.mean_wait_s * static_cast<double>(tenant.jobs);
  }
  if (all.jobs > 0) all.mean_wait_s = wait_s / static_cast<double>(all.jobs);
  return all;
}

Split split(std::span<const TenantShare> tenants, std::size_t most) {
  // A single other one needs no sum.
  if (tenants.size() <= most + 1) return {.first = tenants, .rest = {}};
  return {.first = tenants.first(most), .rest = sum(tenants.subspan(most))};
}

Bar bar_of(const TenantShare& tenant, double utilisation) {
  return {.name = name_html(tenant.path), .used = tenant.share * utilisation, .guarantee = tenant.guarantee};
}

std::string scale_html(const Axis& axis) {
  std::string ticks;
  for (const Tick& tick : axis.ticks) {
    ticks += fmt::format("<text class=\"{2}\" x=\"{0:.2f}%\" y=\"1em\">{1}</text>", 100 * tick.position, tick.label,
                         tick.minor ? "minor" : "major");
  }
  return fmt::format(
      "<div class=\"bar scale\" aria-hidden=\"true\"><span></span><svg width=\"100%\" height=\"18\">{}</svg>"
      "<span></span></div>\n",
      ticks);
}

std::string grid(const Axis& axis) {
  std::string svg;
  for (const Tick& tick : axis.ticks) {
    svg +=
        fmt::format("<line class=\"grid\" x1=\"{0:.2f}%\" x2=\"{0:.2f}%\" y1=\"0\" y2=\"100%\"/>", 100 * tick.position);
  }
  return svg;
}

std::string bar_svg(const Bar& bar, const Axis& axis) {
  const double used = 100 * axis.position(bar.used);
  const double mark = 100 * axis.position(bar.guarantee);
  const double within = bar.guarantee > 0 ? std::min(used, mark) : used;
  std::string svg = fmt::format("<rect class=\"within\" x=\"0\" y=\"6\" width=\"{:.2f}%\" height=\"14\"/>", within);
  if (used > within) {
    svg += fmt::format("<rect class=\"above\" x=\"{:.2f}%\" y=\"6\" width=\"{:.2f}%\" height=\"14\"/>", within,
                       used - within);
  }
  if (bar.guarantee > 0) {
    svg += fmt::format("<line class=\"guarantee\" x1=\"{0:.2f}%\" x2=\"{0:.2f}%\" y1=\"2\" y2=\"24\"/>", mark);
  }
  return svg;
}

// `svg` may be empty: the others together would dwarf every bar.
std::string bar_html(const Bar& bar, const std::string& svg) {
  const std::string guaranteed =
      bar.guarantee > 0 ? fmt::format(" <span class=\"of\">of {}</span>", percent_text(bar.guarantee)) : "";
  return fmt::format(
      "<li class=\"bar\"><span class=\"name\">{}</span>"
      "<svg width=\"100%\" height=\"26\" aria-hidden=\"true\">{}</svg>"
      "<span class=\"value\">{}{}</span></li>\n",
      bar.name, svg, percent_text(bar.used), guaranteed);
}

std::string legend(bool guarantees) {
  std::string html =
      "<ul class=\"legend\"><li><svg width=\"18\" height=\"12\"><rect class=\"within\" width=\"18\" "
      "height=\"12\"/></svg>"
      "used on average</li>";
  if (guarantees) {
    html +=
        "<li><svg width=\"18\" height=\"12\"><rect class=\"above\" width=\"18\" height=\"12\"/></svg>beyond "
        "the guarantee</li>"
        "<li><svg width=\"6\" height=\"14\"><line class=\"guarantee\" x1=\"3\" x2=\"3\" y1=\"0\" "
        "y2=\"14\"/></svg>guarantee</li>";
  }
  return html + "</ul>\n";
}

std::vector<std::string> cells(const TenantShare& tenant, double utilisation) {
  return {tenant.path,
          count_text(tenant.jobs),
          decimal_text(tenant.used_gpu_hours),
          percent_text(tenant.share),
          percent_text(tenant.share * utilisation),
          tenant.guarantee > 0 ? percent_text(tenant.guarantee) : "–",
          span_text(tenant.mean_wait_s)};
}

}  // namespace

std::string tenant_chart(std::span<const TenantShare> tenants, double utilisation) {
  const auto [first, rest] = split(tenants, most_bars);
  std::vector<Bar> bars;
  double largest = 0;
  for (const TenantShare& tenant : first) {
    bars.push_back(bar_of(tenant, utilisation));
    largest = std::max({largest, bars.back().used, bars.back().guarantee});
  }
  const bool guarantees = std::any_of(bars.begin(), bars.end(), [](const Bar& bar) { return bar.guarantee > 0; });
  const Axis axis = share_axis(largest);
  std::string rows;
  for (const Bar& bar : bars) rows += bar_html(bar, grid(axis) + bar_svg(bar, axis));
  if (rest) rows += bar_html(bar_of(*rest, utilisation), "");
  return fmt::format(
      "<figure class=\"tenants\">\n<figcaption><span class=\"title\">Part of the "
      "fleet</span>{}</figcaption>\n"
      "{}<ol class=\"bars\">\n{}</ol>\n</figure>\n",
      legend(guarantees), scale_html(axis), rows);
}

std::string tenant_table(std::span<const TenantShare> tenants, double utilisation, std::string_view unit) {
  HtmlTable table{.caption = "Every tenant",
                  .columns = {{"Tenant", false},
                              {"Jobs"},
                              {std::string(unit) + " hours"},
                              {"Of what was used"},
                              {"Of the fleet"},
                              {"Guarantee"},
                              {"Mean wait"}},
                  .rows = {}};
  const auto [first, rest] = split(tenants, most_rows);
  for (const TenantShare& tenant : first) table.rows.push_back(cells(tenant, utilisation));
  if (rest) table.rows.push_back(cells(*rest, utilisation));
  return to_html(table);
}

}  // namespace dure::simulate
