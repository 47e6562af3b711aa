#include "dure/simulate/pack_recorder.h"

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <variant>
#include <vector>

#include "dure/base/overload.h"
#include "dure/simulate/stranded.h"

namespace dure::simulate {
namespace {

// Half to even, as the published curves are.
double rounded(double value) { return std::nearbyint(value * 100) / 100; }

// The kinds of pods that asked for GPUs, and how many came of each.
std::vector<WantedShape> wanted_shapes(const PackTrace& trace) {
  std::map<Shape, std::uint64_t> counts;
  for (const std::uint32_t row : trace.arrivals) {
    const Shape& shape = trace.pods[row].shape;
    if (shape.per_task.gpu_milli > 0) ++counts[shape];
  }
  std::vector<WantedShape> wanted;
  for (const auto& [shape, count] : counts) wanted.push_back({shape, count});
  return wanted;
}

}  // namespace

void PackRecorder::on_fact(const State&, const Fact& fact) {
  std::visit(Overload{
                 [&](const StartOrdered& order) {
                   for (const Placement& at : order.allocation) {
                     allocated_milli_ += std::popcount(at.gpus) * at.gpu_milli;
                   }
                 },
                 [&](const JobCancelled&) { ++dropped_; },
                 [](const auto&) {},
             },
             fact.change);
}

void PackRecorder::on_turn(const State& state, bool) {
  while (seen_ < world_.submitted()) {
    arrived_milli_ += trace_.arrival(seen_++).shape.per_task.gpu_milli;
    take_point(state);
  }
}

void PackRecorder::take_point(const State& state) {
  const double percent = static_cast<double>(state.fleet().gpu_count() * whole) / 100;
  const double x = std::nearbyint(static_cast<double>(arrived_milli_) / percent);
  if (x >= static_cast<double>(points)) return;
  Bin& bin = bins_[static_cast<std::size_t>(x)];
  bin.sum += rounded(static_cast<double>(allocated_milli_) / percent);
  ++bin.count;
}

PackSummary PackRecorder::summary(const State& state) const {
  PackSummary summary{.dropped = dropped_};
  for (const Bin& bin : bins_) {
    summary.allocated_percent.push_back(bin.count > 0 ? rounded(bin.sum / static_cast<double>(bin.count))
                                                      : std::numeric_limits<double>::quiet_NaN());
  }
  summary.stranded = stranded(state, wanted_shapes(trace_));
  return summary;
}

}  // namespace dure::simulate
