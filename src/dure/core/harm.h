// What interruptions cost: work that was done and must be done again, or never is.
#pragma once

#include <cstdint>

#include "dure/base/bytes.h"
#include "dure/base/time.h"
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

}  // namespace dure
