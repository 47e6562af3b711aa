// How much work jobs are, as the journal tells it.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "dure/core/state.h"
#include "dure/forecast/demand_seen.h"
#include "dure/forecast/run_times.h"
#include "dure/what_if/saved_work.h"

namespace dure::what_if {

// How a job ends by itself.
struct OwnEnd {
  Duration work;  // > 0, in all; more than any time limit if it would reach that
  Outcome outcome = Outcome::completed;
  std::int32_t exit_code = 0;
  std::string reason;
};

// Learns from all facts of a journal, and answers then.
class WorkBook {
 public:
  // After each fact was applied. O(levels of likeness).
  void note(const State& state, const Fact& fact);
  // After the last: what still runs takes longer than it has. O(jobs).
  void close(const State& state);

  // Of `job`, which `original` was in the journal. What the journal does not tell, as it was cut short or never ran, is
  // drawn; alike for equal originals. O(1), a draw O(runs kept).
  OwnEnd end_of(const State& state, const Job& job, JobId original) const;

  const forecast::RunTimes& run_times() const { return run_times_; }
  const forecast::DemandSeen& demand() const { return demand_; }

 private:
  struct Known {
    Duration work;  // without reaching the time limit; of one that was cut short, at least
    Outcome outcome = Outcome::completed;
    std::int32_t exit_code = 0;
    bool is_cut = false;
  };
  void note_end(const State& state, Time end, const Ended& ended);

  SavedWork saved_;
  forecast::RunTimes run_times_;
  forecast::DemandSeen demand_;
  std::unordered_map<JobId, Known> known_;          // of jobs that have ended after they ran
  std::unordered_map<JobId, std::string> reasons_;  // of those that failed with one
};

}  // namespace dure::what_if
