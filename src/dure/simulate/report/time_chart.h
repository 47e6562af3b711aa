// A quantity over the time of the run, as an inline SVG in a figure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dure/base/time.h"
#include "dure/simulate/report.h"
#include "dure/simulate/report/axis.h"

namespace dure::simulate {

// What all charts of one run share: where each sample begins, and the ticks below.
struct Timeline {
  Time begin, end;
  std::vector<double> starts;        // 0..1, ascending, by sample
  std::vector<std::string> moments;  // what to call each sample
  std::vector<Tick> ticks;
};

// Requires at least one sample, in order of time. The last one is taken to last as long as the one before it.
Timeline timeline(std::span<const Sample> samples, bool dated);

struct TimeChart {
  std::string id;  // names it in the page; a word
  std::string title;
  std::string note;         // beside the title while nothing is pointed at
  std::string description;  // for who cannot see it
  Axis axis;
  std::vector<double> values;      // by sample
  std::vector<std::string> texts;  // the values as they are read out
  std::optional<double> mean;
};

std::string to_html(const TimeChart& chart, const Timeline& timeline);

// Returns the JSON that page.js reads out when a chart is pointed at.
std::string readout_json(std::span<const TimeChart> charts, const Timeline& timeline);

}  // namespace dure::simulate
