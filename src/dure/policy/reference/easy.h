// The published backfilling policies, on plain processors: one node, whose CPUs are a count.
//
// FCFS starts the head of the queue while it fits. EASY (Lifka, 1995) gives the head a reservation and lets others
// start if they do not delay it; EASY-SJBF (Tsafrir et al., 2007) scans them by predicted run time. The order of events
// within an instant and the treatment of predictions follow Gaussier et al., SC'15, so that its results are met
// exactly.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "dure/policy/policy.h"

namespace dure {

enum class Backfill : std::uint8_t { none, in_queue_order, shortest_first };

// Where the predicted run time of a job comes from. Only a simulation can know it exactly.
using Predict = std::function<Duration(const Job&)>;

inline Duration predict_requested(const Job& job) { return job.time_limit; }
inline Duration predict_estimate(const Job& job) { return job.estimate; }

// Passes run in `observe`, event by event; `plan` gives out the starts after the last event of the instant.
// A pass is O(queue + running).
class EasyPolicy final : public Policy {
 public:
  EasyPolicy(Backfill backfill, Predict predict);

  void observe(const State& state, const Fact& fact) override;
  void rebuild(const State& state) override;
  void plan(const State& state, Time now, std::vector<Decision>& out) override;
  std::optional<Time> next_wakeup(const State&, Time) const override { return std::nullopt; }

 private:
  struct Waiting {
    JobId job;
    std::int64_t processors = 0;
    Duration predicted;
  };
  struct Running {
    Time predicted_end;
    JobId job;
    std::int64_t processors = 0;
    auto operator<=>(const Running&) const = default;
  };
  struct Reserved {
    Time from = Time::never();
    std::int64_t extra = 0;  // processors that the head does not need then
  };

  Waiting waiting(const State& state, const Job& job) const;
  void enqueue(const State& state, JobId job);
  void drop_pending(JobId job);
  void withdraw_all(const State& state);
  void drop_running(JobId job);
  void set_predicted_end(JobId job, Time end);
  void pass(Time now);
  void start(const Waiting& job, Time now);
  void backfill(Time now);
  Reserved reserve(std::int64_t processors, Time now) const;
  std::int64_t free(Time now) const;

  Backfill backfill_;
  Predict predict_;
  std::int64_t processors_ = 0;   // 0 while the machine is unavailable
  std::vector<Waiting> queue_;    // by job id
  std::vector<Running> running_;  // by predicted end, job id; starts not yet given out included
  std::int64_t running_sum_ = 0;
  std::vector<JobId> to_start_;      // decided in this instant
  std::vector<std::uint32_t> scan_;  // scratch of backfill
};

}  // namespace dure
