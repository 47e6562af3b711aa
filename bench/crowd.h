// A nation's fleet on which many jobs run and many more wait, made in turns as a server would have made it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dure/base/random.h"
#include "estate.h"

namespace dure::bench {

struct Crowd {
  std::uint32_t running = 0;  // on a GPU each, or mixed: on one or eight, so that 140,000 fill the fleet but for what a
                              // few that wait then take
  std::uint32_t pending = 0;  // most for one GPU, the others for up to 64 nodes, in any pool
  bool is_mixed = false;
};

inline const FleetSpec& nation() {
  static const FleetSpec fleet = fleet_of(32'500, 5);
  return fleet;
}

// A thousand tenants of ten organisations, which are kept by limits to as many GPUs as are to run; no limits if that is
// all there are.
inline TenantsSpec tenants_of(const Crowd& crowd) {
  TenantsSpec tenants = tenants_of(nation(), 10, 100, 1);
  const auto shares = static_cast<std::uint32_t>(tenants.roots.size() * nation().sites.size());
  const std::int64_t gpus = crowd.running / shares;
  if (crowd.running == 0 || crowd.running == 260'000 || crowd.is_mixed) return tenants;
  for (TenantSpec& root : tenants.roots) {
    for (const SiteSpec& site : nation().sites) {
      root.quotas.push_back({.pool = site.name + "/gpu", .limit_milli = gpus * whole});
    }
  }
  return tenants;
}

inline Shape shape_of_pending(Random& random) {
  struct Part {
    std::uint64_t below;  // of a hundred
    std::uint32_t tasks;
    std::int64_t gpus;
  };
  static constexpr std::array<Part, 4> parts{{{70, 1, 1}, {90, 1, 8}, {98, 8, 8}, {100, 64, 8}}};
  const std::uint64_t drawn = random.below(100);
  const Part& part = *std::find_if(parts.begin(), parts.end(), [&](const Part& p) { return drawn < p.below; });
  return {.tasks_min = part.tasks,
          .tasks_max = part.tasks,
          .per_task = {.gpu_milli = part.gpus * whole, .cpu_milli = part.gpus * 16 * whole}};
}

class CrowdedEstate {
 public:
  // `journal`, if there is one, must outlive this.
  explicit CrowdedEstate(const Crowd& crowd, Journal* journal = nullptr)
      : estate_(nation(), tenants_of(crowd), {.reservations = 4, .reclaims = true}, journal),
        leaves_(estate_.leaves()) {
    run(crowd.running, crowd.is_mixed);
    wait(crowd.pending);
    DURE_ASSERT(estate_.state.jobs().size() == crowd.running + crowd.pending);
    DURE_ASSERT(crowd.is_mixed ? started_ >= crowd.running : started_ == crowd.running);
  }

  Estate& estate() { return estate_; }

 private:
  static constexpr std::uint32_t turn_jobs = 1000;

  void run(std::uint32_t jobs, bool is_mixed) {
    submit(jobs, [&] {
      const std::int64_t gpus = is_mixed && random_.below(100) < 12 ? 8 : 1;
      return Shape{.per_task = {.gpu_milli = gpus * whole, .cpu_milli = 16 * gpus * whole}};
    });
  }
  void wait(std::uint32_t jobs) {
    submit(jobs, [&] { return shape_of_pending(random_); });
  }
  template <class NextShape>
  void submit(std::uint32_t jobs, NextShape&& next_shape) {
    static constexpr std::array<Duration, 6> limits{hours(1), hours(2), hours(8), hours(24), hours(72), days(7)};
    for (std::uint32_t i = 0; i < jobs; ++i) {
      JobSubmitted submission =
          estate_.submission(leaves_[i % leaves_.size()], next_shape(), limits[random_.below(limits.size())]);
      submission.spec.name = "pretrain-stage-" + std::to_string(submission.job.value);
      estate_.changes.next.push_back(std::move(submission));
      if (estate_.changes.next.size() == turn_jobs) turn();
    }
    turn();
  }
  // What starts is running by the next turn.
  void turn() {
    estate_.turn();
    for (const JobId job : std::exchange(estate_.orders.starts, {})) {
      estate_.changes.next.push_back(Started{job});
      ++started_;
    }
    estate_.turn();
  }

  Estate estate_;
  std::vector<TenantId> leaves_;
  Random random_{1};
  std::uint32_t started_ = 0;
};

}  // namespace dure::bench
