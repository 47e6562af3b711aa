#include "dure/simulate/report/forecast_chart.h"

#include <fmt/format.h>

#include <string_view>

#include "dure/simulate/report/html.h"
#include "dure/simulate/report/table.h"
#include "dure/simulate/report/text.h"

namespace dure::simulate {
namespace {

using forecast::Accuracy;
using forecast::horizon_count;
using forecast::quantile_count;
using forecast::quantile_levels;

constexpr std::uint64_t least_forecasts = 20;
constexpr std::array<std::string_view, horizon_count> horizon_texts{"below 10 min", "below 1 h", "below 6 h",
                                                                    "below 24 h", "beyond"};
constexpr std::array<std::string_view, teller_count> teller_texts{"Dure", "its draws, not corrected",
                                                                  "jobs of like size in the last day",
                                                                  "the user's mean wait", "time limits, as Slurm does"};

const Accuracy& ours(const ForecastSummary& forecasts, std::size_t horizon) {
  return forecasts.by_horizon[static_cast<std::size_t>(Teller::dure)][horizon];
}

// Both axes from 0 to 100 %.
std::string frame() {
  std::string svg;
  for (const double level : quantile_levels) {
    svg += fmt::format(
        "<g class=\"tick\"><line x1=\"{0:.0f}%\" x2=\"{0:.0f}%\" y1=\"0\" y2=\"100%\"/>"
        "<text x=\"{0:.0f}%\" y=\"100%\" dy=\"1.6em\">p{0:.0f}</text></g>\n"
        "<g class=\"tick\"><line x1=\"0\" x2=\"100%\" y1=\"{1:.0f}%\" y2=\"{1:.0f}%\"/>"
        "<text x=\"-1.8em\" y=\"{1:.0f}%\" dy=\"0.32em\">{0:.0f}%</text></g>\n",
        100 * level, 100 * (1 - level));
  }
  return svg + "<line class=\"right\" x1=\"0\" y1=\"100%\" x2=\"100%\" y2=\"0\"/>\n";
}

std::string marks(const Accuracy& accuracy, std::size_t horizon) {
  std::string svg = fmt::format("<g class=\"horizon h{}\"><title>{}</title>", horizon, horizon_texts[horizon]);
  for (std::size_t q = 0; q < quantile_count; ++q) {
    svg += fmt::format("<circle cx=\"{:.1f}%\" cy=\"{:.1f}%\" r=\"5\"/>", 100 * quantile_levels[q],
                       100 * (1 - accuracy.below[q]));
  }
  return svg + "</g>\n";
}

}  // namespace

std::string reliability_chart(const ForecastSummary& forecasts) {
  std::string svg;
  std::string legend;
  for (std::size_t h = 0; h < horizon_count; ++h) {
    if (ours(forecasts, h).forecasts < least_forecasts) continue;
    svg += marks(ours(forecasts, h), h);
    legend += fmt::format(
        "<li><svg width=\"14\" height=\"14\"><g class=\"horizon h{}\"><circle cx=\"7\" cy=\"7\" "
        "r=\"5\"/></g></svg>{}</li>",
        h, horizon_texts[h]);
  }
  return fmt::format(
      "<figure class=\"reliability\">\n<figcaption><span class=\"title\">What was said, and the part that started by "
      "then</span><ul class=\"legend\">{}</ul></figcaption>\n"
      "<div class=\"plot\"><svg width=\"100%\" height=\"320\" role=\"img\" aria-label=\"Part of jobs that started by "
      "each quantile, by horizon; the table has the same figures\">\n{}{}</svg></div>\n</figure>\n",
      legend, frame(), svg);
}

std::string forecast_tables(const ForecastSummary& forecasts) {
  HtmlTable horizons{.caption = "Forecasts by how far they looked ahead",
                     .columns = {{"Until the start"},
                                 {"Forecasts"},
                                 {"Within p10 to p90"},
                                 {"By p10"},
                                 {"By p50"},
                                 {"By p90"},
                                 {"Width, median"},
                                 {"Error, median"}},
                     .rows = {}};
  const auto add = [&](std::string_view name, const Accuracy& one) {
    horizons.rows.push_back({std::string(name), count_text(one.forecasts), percent_text(one.covered),
                             percent_text(one.below[0]), percent_text(one.below[1]), percent_text(one.below[2]),
                             span_text(one.median_width), span_text(one.median_error)});
  };
  for (std::size_t h = 0; h < horizon_count; ++h) {
    if (ours(forecasts, h).forecasts > 0) add(horizon_texts[h], ours(forecasts, h));
  }
  add("all", forecasts.all[static_cast<std::size_t>(Teller::dure)]);
  HtmlTable tellers{.caption = "The same forecasts, by who would say them",
                    .columns = {{"Goes by"}, {"Error, median"}, {"Pinball loss, mean"}},
                    .rows = {}};
  for (std::size_t t = 0; t < teller_count; ++t) {
    const Accuracy& one = forecasts.all[t];
    tellers.rows.push_back({std::string(teller_texts[t]), span_text(one.median_error), span_text(one.pinball)});
  }
  return to_html(horizons) + to_html(tellers);
}

}  // namespace dure::simulate
