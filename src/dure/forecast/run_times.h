// How long jobs run, as learnt from those that have ended.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "dure/base/random.h"
#include "dure/base/time.h"
#include "dure/core/state.h"
#include "dure/work/job.h"

namespace dure::forecast {

// What of a job tells how long it will run, from the most telling to nothing at all: the jobs that are alike in the
// first of these, in the second, and so on. Made once for a job, and used for every draw.
constexpr std::size_t likeness_levels = 7;
using Likeness = std::array<std::uint64_t, likeness_levels>;

// O(length of the name). Names are compared without the digits at their ends: `train-17` and `train-18` are alike.
// Tenants go by their paths: their numbers change when they are declared anew.
Likeness likeness_of(const State& state, const Job& job);
Likeness likeness_of(const Tenants& tenants, const JobSpec& spec);

// A hierarchy of what was seen. A draw takes one of the n run times of the most alike jobs with probability n/(n + c),
// and asks the next level otherwise: the predictive rule of a hierarchical Dirichlet process (Teh et al., 2006), with
// the latest runs of each level alone, so that it follows what changes. It keeps at most 262,144 kinds of jobs, those
// of the latest. O(levels) to learn, amortised; O(levels x runs kept) to draw.
class RunTimes {
 public:
  // The job worked for so long, > 0, until it ended by itself or by its time limit.
  void learn(const Likeness& likeness, Duration ran);

  bool knows_nothing() const { return learnt_ == 0; }

  // How long it will have worked in all, if it has worked for `done` and not ended: > done. May be above the limit.
  Duration draw(const Likeness& likeness, Duration done, Duration time_limit, Random& random) const;

 private:
  // The latest of one kind of jobs.
  struct Runs {
    std::vector<std::int64_t> ns;
    std::uint32_t next = 0;         // to be replaced, once there are as many as are kept
    std::uint64_t last_learnt = 0;  // by learnt_
  };

  void forget_the_oldest();

  std::unordered_map<std::uint64_t, Runs> runs_;
  std::uint64_t learnt_ = 0;
};

}  // namespace dure::forecast
