// What interruptions cost: work that was done and must be done again, or never is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/time.h"
#include "dure/core/fact.h"
#include "dure/core/state.h"

namespace dure {

struct Harm {
  std::uint64_t times = 0;
  Wide lost = 0;  // what was held, times the work at stake: milli x ns

  Harm& operator+=(const Harm& other) {
    times += other.times;
    lost += other.lost;
    return *this;
  }
};

template <class Archive>
void fields(Archive& archive, Like<Harm> auto& harm) {
  archive(harm.times);
  wide_field(archive, harm.lost);
}

// What the interruption of a job at `now` costs, which holds devices or did just before it departed. Nothing where its
// user wants it to end anyway. O(nodes of the allocation).
inline Harm harm_of(const State& state, const Job& job, Time now) {
  if (job.stop_ordered == Outcome::cancelled) return {};
  const std::int64_t held = state.amount(state.shape_of(job), job.pool, job.placed_tasks());
  return {.times = 1, .lost = Wide{job.work_at_stake(now).ns} * held};
}

// The harm of evictions, by why the jobs were told to stop. Of most tenants there is none.
struct EvictionHarm {
  struct Part {
    StopCause cause = StopCause::asked;
    Harm harm;

    template <class Archive>
    friend void fields(Archive& archive, Like<Part> auto& part) {
      archive(part.cause);
      archive(part.harm);
    }
  };
  std::vector<Part> by_cause;  // in the order of causes, those that there were

  void add(StopCause cause, const Harm& harm) {
    const auto at = std::lower_bound(by_cause.begin(), by_cause.end(), cause,
                                     [](const Part& part, StopCause wanted) { return part.cause < wanted; });
    if (at != by_cause.end() && at->cause == cause) {
      at->harm += harm;
    } else {
      by_cause.insert(at, {cause, harm});
    }
  }
  Harm sum() const {
    Harm harm;
    for (const Part& part : by_cause) harm += part.harm;
    return harm;
  }
};

template <class Archive>
void fields(Archive& archive, Like<EvictionHarm> auto& harm) {
  archive(harm.by_cause);
}

// Why a job was evicted that has just departed.
inline StopCause cause_of_eviction(const Job& departed) {
  return departed.stop_ordered == Outcome::evicted ? departed.last_eviction.cause : StopCause::asked;
}

// What is at stake if the job is told to stop at `now`, in GPU-seconds, rounded up. Requires that it holds devices.
// O(nodes of it).
inline std::uint64_t cost_of_stop(const State& state, const Job& job, Time now) {
  const Wide second = Wide{whole} * seconds(1).ns;
  return static_cast<std::uint64_t>((harm_of(state, job, now).lost + second - 1) / second);
}

// The order that evicts a job at `now`, for whom it gives room; likewise.
inline StopOrdered eviction_of(const State& state, const Job& job, StopCause cause, std::optional<JobId> beneficiary,
                               Time now) {
  return {job.id, Outcome::evicted, {cost_of_stop(state, job, now), beneficiary, cause}};
}

// The order that takes a job off devices that have failed; likewise.
inline StopOrdered stop_for_fault(const State& state, const Job& job, Time now) {
  return {job.id, Outcome::node_lost, {cost_of_stop(state, job, now), std::nullopt, StopCause::fault}};
}

}  // namespace dure
