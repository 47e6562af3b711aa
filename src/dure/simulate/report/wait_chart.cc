#include "dure/simulate/report/wait_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "dure/simulate/report/axis.h"
#include "dure/simulate/report/html.h"
#include "dure/simulate/report/table.h"
#include "dure/simulate/report/text.h"

namespace dure::simulate {
namespace {

constexpr std::size_t row_px = 30;

std::vector<WaitBySize> with_jobs(std::span<const WaitBySize> waits) {
  std::vector<WaitBySize> rows;
  std::copy_if(waits.begin(), waits.end(), std::back_inserter(rows),
               [](const WaitBySize& row) { return row.jobs > 0; });
  return rows;
}

std::string size_text(const WaitBySize& row) {
  if (row.size_max == row.size_min) return count_text(row.size_min);
  return count_text(row.size_min) + "–" + count_text(row.size_max);
}

std::string grid(const WaitAxis& axis) {
  std::string svg;
  for (const Tick& tick : axis.ticks) {
    svg += fmt::format(
        "<g class=\"tick{2}\"><line x1=\"{0:.2f}%\" x2=\"{0:.2f}%\" y1=\"0\" y2=\"100%\"/>"
        "<text x=\"{0:.2f}%\" y=\"100%\" dy=\"1.6em\">{1}</text></g>\n",
        100 * tick.position, escape(tick.label), tick.minor ? " minor" : "");
  }
  return svg;
}

std::string row_svg(const WaitBySize& row, const WaitAxis& axis, std::size_t index) {
  const std::size_t y = row_px * index + row_px / 2;
  return fmt::format(
      "<g class=\"range\"><title>{0}: median {1}, 90th {2}, 99th {3}</title>"
      "<text x=\"-10\" y=\"{4}\" dy=\"0.32em\">{0}</text>"
      "<line class=\"most\" x1=\"{5:.2f}%\" x2=\"{6:.2f}%\" y1=\"{4}\" y2=\"{4}\"/>"
      "<line class=\"all\" x1=\"{6:.2f}%\" x2=\"{7:.2f}%\" y1=\"{4}\" y2=\"{4}\"/>"
      "<circle class=\"p99\" cx=\"{7:.2f}%\" cy=\"{4}\" r=\"3\"/>"
      "<line class=\"p90\" x1=\"{6:.2f}%\" x2=\"{6:.2f}%\" y1=\"{8}\" y2=\"{9}\"/>"
      "<circle class=\"p50\" cx=\"{5:.2f}%\" cy=\"{4}\" r=\"5.5\"/></g>\n",
      size_text(row), span_text(row.p50_s), span_text(row.p90_s), span_text(row.p99_s), y,
      100 * axis.position(row.p50_s), 100 * axis.position(row.p90_s), 100 * axis.position(row.p99_s), y - 7, y + 7);
}

constexpr std::string_view wait_legend =
    "<ul class=\"legend\">"
    "<li><svg width=\"14\" height=\"14\"><circle class=\"p50\" cx=\"7\" cy=\"7\" r=\"5.5\"/></svg>median</li>"
    "<li><svg width=\"8\" height=\"14\"><line class=\"p90\" x1=\"4\" x2=\"4\" y1=\"0\" y2=\"14\"/></svg>9 in "
    "10 wait less</li>"
    "<li><svg width=\"10\" height=\"14\"><circle class=\"p99\" cx=\"5\" cy=\"7\" r=\"3\"/></svg>99 in 100 "
    "wait less</li></ul>\n";

}  // namespace

std::string wait_chart(std::span<const WaitBySize> waits, std::string_view unit) {
  const std::vector<WaitBySize> rows = with_jobs(waits);
  double longest = 0;
  for (const WaitBySize& row : rows) longest = std::max(longest, row.p99_s);
  const WaitAxis axis = wait_axis(longest);
  std::string marks;
  for (std::size_t i = 0; i < rows.size(); ++i) marks += row_svg(rows[i], axis, i);
  return fmt::format(
      "<figure class=\"waits\">\n<figcaption><span class=\"title\">{0}s of the job, and its "
      "wait</span>{1}</figcaption>\n"
      "<div class=\"plot\"><svg width=\"100%\" height=\"{2}\" role=\"img\" aria-label=\"Range of waits by "
      "{0}s of the job; "
      "the table has the same figures\">\n{3}{4}</svg></div>\n</figure>\n",
      escape(unit), wait_legend, row_px * rows.size(), grid(axis), marks);
}

std::string wait_table(std::span<const WaitBySize> waits, std::string_view unit) {
  const std::string heading = std::string(unit) + "s";
  HtmlTable table{.caption = "Waits by size of the job",
                  .columns = {{heading}, {"Jobs"}, {"Median"}, {"90th"}, {"99th"}, {"Longest"}},
                  .rows = {}};
  for (const WaitBySize& row : with_jobs(waits)) {
    table.rows.push_back({size_text(row), count_text(row.jobs), span_text(row.p50_s), span_text(row.p90_s),
                          span_text(row.p99_s), span_text(row.max_s)});
  }
  return to_html(table);
}

}  // namespace dure::simulate
