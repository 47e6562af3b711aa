#include "dure/simulate/report/time_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "dure/base/assert.h"
#include "dure/simulate/report/html.h"
#include "dure/simulate/report/text.h"

namespace dure::simulate {
namespace {

// Paths are drawn in a box of this size, stretched to the room there is; everything else is placed in per
// cent, so that text and dots keep their form.
constexpr double box_width = 1000;
constexpr double box_height = 100;

std::string grid(const TimeChart& chart, const Timeline& timeline) {
  std::string svg;
  for (const Tick& tick : timeline.ticks) {
    const double x = 100 * tick.position;
    svg += fmt::format(
        "<g class=\"tick{2}\"><line x1=\"{0:.2f}%\" x2=\"{0:.2f}%\" y1=\"0\" y2=\"100%\"/>"
        "<text x=\"{0:.2f}%\" y=\"100%\" dy=\"1.6em\">{1}</text></g>\n",
        x, escape(tick.label), tick.minor ? " minor" : "");
  }
  for (const Tick& tick : chart.axis.ticks) {
    const double y = 100 * (1 - tick.position);
    svg += fmt::format(
        "<g class=\"level{2}\"><line x1=\"0\" x2=\"100%\" y1=\"{0:.2f}%\" y2=\"{0:.2f}%\"/>"
        "<text x=\"-10\" y=\"{0:.2f}%\" dy=\"0.32em\">{1}</text></g>\n",
        y, escape(tick.label), tick.position == 0 ? " base" : "");
  }
  return svg;
}

// A value holds until the next sample, so the line is one of steps.
std::string steps(const TimeChart& chart, const Timeline& timeline) {
  std::string path;
  for (std::size_t i = 0; i < chart.values.size(); ++i) {
    const double y = box_height * (1 - chart.axis.position(chart.values[i]));
    path += i == 0 ? fmt::format("M0 {:.2f}", y) : fmt::format("H{:.1f}V{:.2f}", box_width * timeline.starts[i], y);
  }
  return path + fmt::format("H{}", box_width);
}

std::string paths(const TimeChart& chart, const Timeline& timeline) {
  const std::string line = steps(chart, timeline);
  return fmt::format(
      "<svg class=\"paths\" width=\"100%\" height=\"100%\" viewBox=\"0 0 {0} {1}\" "
      "preserveAspectRatio=\"none\">"
      "<path class=\"area\" d=\"{2}V{1}H0Z\"/><path class=\"line\" d=\"{2}\"/></svg>\n",
      box_width, box_height, line);
}

std::string mean_line(const TimeChart& chart) {
  if (!chart.mean) return "";
  return fmt::format("<line class=\"mean\" x1=\"0\" x2=\"100%\" y1=\"{0:.2f}%\" y2=\"{0:.2f}%\"/>\n",
                     100 * (1 - chart.axis.position(*chart.mean)));
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string json;
  for (const std::string& text : texts) {
    json += json.empty() ? "" : ",";
    json += boost::json::serialize(boost::json::string_view(text));
  }
  return json;
}

std::string json_list(const std::vector<double>& positions) {
  std::string json;
  for (const double position : positions) json += fmt::format("{}{:.4f}", json.empty() ? "" : ",", position);
  return json;
}

std::string json_series(const TimeChart& chart) {
  std::vector<double> heights;
  for (const double value : chart.values) heights.push_back(chart.axis.position(value));
  return fmt::format("\"{}\":{{\"heights\":[{}],\"texts\":[{}]}}", chart.id, json_list(heights),
                     json_list(chart.texts));
}

// `</script` must not occur in a script, whatever the texts say.
std::string script_safe(std::string json) {
  for (std::size_t at = 0; (at = json.find('<', at)) != std::string::npos;) json.replace(at, 1, "\\u003c");
  return json;
}

}  // namespace

Timeline timeline(std::span<const Sample> samples, bool dated) {
  DURE_ASSERT(!samples.empty());
  const Time begin = samples.front().time;
  const std::size_t last = samples.size() - 1;
  const Duration tail = last > 0 ? samples[last].time - samples[last - 1].time : hours(1);
  Timeline line{.begin = begin, .end = samples[last].time + std::max(tail, seconds(1))};
  for (const Sample& sample : samples) {
    line.starts.push_back(static_cast<double>((sample.time - begin).ns) / static_cast<double>((line.end - begin).ns));
    line.moments.push_back(moment_text(sample.time, dated));
  }
  line.ticks = time_ticks(line.begin, line.end, dated);
  return line;
}

std::string to_html(const TimeChart& chart, const Timeline& timeline) {
  DURE_ASSERT(chart.values.size() == timeline.starts.size());
  return fmt::format(
      "<figure class=\"over-time {0}\">\n"
      "<figcaption><span class=\"title\">{1}</span><output class=\"readout\" "
      "for=\"{0}\">{2}</output></figcaption>\n"
      "<div class=\"plot\" id=\"{0}\" data-series=\"{0}\">\n"
      "<svg width=\"100%\" height=\"100%\" role=\"img\" aria-label=\"{3}\">\n"
      "{4}{5}{6}"
      "<g class=\"cursor\"><line y1=\"0\" y2=\"100%\"/><circle r=\"4.5\"/></g>\n"
      "</svg>\n</div>\n</figure>\n",
      chart.id, escape(chart.title), escape(chart.note), escape(chart.description), grid(chart, timeline),
      paths(chart, timeline), mean_line(chart));
}

std::string readout_json(std::span<const TimeChart> charts, const Timeline& timeline) {
  std::string series;
  for (const TimeChart& chart : charts) series += (series.empty() ? "" : ",\n") + json_series(chart);
  return script_safe(fmt::format("{{\"starts\":[{}],\n\"moments\":[{}],\n\"series\":{{{}}}}}",
                                 json_list(timeline.starts), json_list(timeline.moments), series));
}

}  // namespace dure::simulate
