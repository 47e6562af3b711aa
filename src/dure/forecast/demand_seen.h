// What work arrives, as learnt from what has arrived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/random.h"
#include "dure/base/time.h"
#include "dure/core/fact.h"
#include "dure/core/state.h"
#include "dure/forecast/run_times.h"
#include "dure/world/job_source.h"

namespace dure::forecast {

// Whether tenants or pools may have other numbers from then on.
bool declares_anew(const Change& change);

// The arrivals of the last weeks, as they came.
class DemandSeen {
 public:
  struct Arrival {
    Time time;
    JobSpec
        spec;  // without name and text, and without what was of that day: array, holds, deadline, what it comes after
    Likeness likeness;
  };

  // `state` is the one in which it was submitted. O(1), amortised.
  void learn(const State& state, Time now, const JobSpec& spec);
  // Fleet or tenants were declared anew: what was seen goes by their present numbers, and what came from tenants or for
  // pools that are no more will not come again. O(arrivals kept x log tenants).
  void renumber(const State& state);

  Time since() const { return since_; }  // of the first of them that are kept
  std::size_t size() const { return arrivals_.size(); }
  const Arrival& operator[](std::size_t i) const { return arrivals_[i]; }
  // The first that came at `time` or later. O(log n).
  std::size_t first_from(Time time) const;

 private:
  void remember_names(const State& state);

  std::deque<Arrival> arrivals_;
  Time since_;
  std::vector<std::string> tenants_;  // their paths, by the numbers in arrivals_
  std::vector<std::string> pools_;    // likewise
};

// One way in which work may arrive from now on: each day is one of those that were seen, at the same hours, so that
// bursts, the hours of the day and who works together stay as they are. Nothing arrives as long as less than an hour
// was seen.
class ArrivalsDrawn final : public JobSource {
 public:
  // Both must outlive this object.
  ArrivalsDrawn(const DemandSeen& seen, const RunTimes& run_times, Time now, Time until, std::uint64_t seed);

  std::optional<SourcedJob> next() override;
  std::uint64_t total() const override { return 0; }  // nobody knows

 private:
  void begin_block(Time from);

  const DemandSeen& seen_;
  const RunTimes& run_times_;
  Time now_;
  Time until_;
  Random random_;
  Duration block_;           // how long one piece of the past is; zero: nothing arrives
  std::int64_t blocks_ = 0;  // how many of them there are
  Time block_ends_;
  Duration shift_;  // from then to the future
  std::size_t at_ = 0;
};

}  // namespace dure::forecast
