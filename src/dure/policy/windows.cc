// The part of Dure's policy that keeps windows free of work.
#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "dure/core/harm.h"
#include "dure/policy/dure_policy.h"
#include "dure/policy/expiry.h"

namespace dure {
namespace {

bool is_in(const Allocation& allocation, const Window& window) {
  return std::any_of(allocation.begin(), allocation.end(),
                     [&](const Placement& placement) { return window.has(placement.node); });
}

}  // namespace

// Who holds one of its nodes and may stay beyond its begin is noted once: whoever starts from now on is over by then.
// O(jobs that run in the window's pools).
void DurePolicy::book_window(const State& state, const Window& window) {
  if (window.from > now_) beginnings_.emplace(window.from, window.id);
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const PoolId id = id_of<PoolTag>(i);
    PoolPlan& pool = pools_[i];
    if (!index_->pool(id).open(window.id, window.from, window.until, window.nodes)) continue;
    pool.is_shaken = true;
    pool.hopeful.clear();
    reopen(pool);
    for (const auto& [end, job_id] : pool.ends.sorted()) {
      const Job& job = state.jobs()[job_id];
      const bool is_its_own = state.shape_of(job).window == window.id;
      if (is_its_own || end <= window.from || job.state == JobState::stopping) continue;
      if (!is_in(job.allocation, window)) continue;
      in_the_way_.emplace(window.from - job.grace() - after_grace, job_id, window.id);
    }
  }
}

void DurePolicy::close_window(WindowId window) {
  std::erase_if(beginnings_, [&](const auto& beginning) { return beginning.second == window; });
  std::erase_if(in_the_way_, [&](const auto& entry) { return std::get<WindowId>(entry) == window; });
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    if (!index_->pool(id_of<PoolTag>(i)).close(window)) continue;
    pools_[i].in_vain_for.forget_all();
    pools_[i].hopeful.clear();
    for (const auto& [job, entry] : pools_[i].promises.all()) pools_[i].promises.look_again(job);
    reopen(pools_[i]);
  }
}

// A window that begins lets its own jobs start. Few pools have any. Where the clock was turned back, it begins again.
void DurePolicy::begin_windows(const State& state) {
  if (now_ < std::exchange(planned_at_, now_)) {
    for (const auto& [id, window] : state.windows()) {
      if (window.from > now_) beginnings_.emplace(window.from, id);
    }
  }
  if (beginnings_.empty() || beginnings_.begin()->first > now_) return;
  while (!beginnings_.empty() && beginnings_.begin()->first <= now_) beginnings_.erase(beginnings_.begin());
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    if (has_windows(id_of<PoolTag>(i))) reopen(pools_[i]);
  }
}

// The job has gone, or is about to, but for what it still holds: nobody need be asked at its time.
void DurePolicy::leave_the_way(const State& state, const Job& job, const Allocation& still_held) {
  if (in_the_way_.empty()) return;
  for (const auto& [id, window] : state.windows()) {
    if (is_in(still_held, window)) continue;
    in_the_way_.erase({window.from - job.grace() - after_grace, job.id, id});
  }
}

// Evicts whoever must be told now to have gone when a window begins, or is late already.
void DurePolicy::clear_windows(const State& state, std::vector<Decision>& out) {
  while (!in_the_way_.empty() && std::get<Time>(*in_the_way_.begin()) <= now_) {
    const JobId job = std::get<JobId>(*in_the_way_.begin());
    book_stop(state, job);
    out.push_back(eviction_of(state, state.jobs()[job], StopCause::window, std::nullopt, now_));
  }
}

// Promises to jobs that would be on their nodes in a window.
void DurePolicy::drop_in_windows(const State& state, PoolId id, std::vector<Decision>& out) {
  if (!has_windows(id)) return;
  std::vector<JobId> barred;
  for (const auto& [job, entry] : plan_of(id).promises.all()) {
    const Bar bar = bar_for(id, entry.from, state.jobs()[job].time_limit);
    if (index_->pool(id).is_barred(entry.allocation, bar)) barred.push_back(job);
  }
  for (JobId job : barred) drop(state, job, DropCause::window, out);
}

std::optional<Bar> DurePolicy::bar_now(const State& state, PoolId id, const Shape& shape, Duration limit) const {
  if (!shape.window) return bar_for(id, now_, limit);
  const auto window = state.windows().find(*shape.window);
  if (window == state.windows().end()) return std::nullopt;
  if (!window->second.is_open(now_) || now_ + limit > window->second.until) return std::nullopt;
  return Bar{.inside = shape.window};
}

// Who names a window is promised nothing: the window is its promise. Nor is who will have ended by then.
std::optional<EarliestStart> DurePolicy::earliest_start(const State& state, PoolId id, const Job& job, Duration limit,
                                                        std::span<const Decision> planned) {
  PoolPlan& pool = plan_of(id);
  const Shape& shape = state.shape_of(job);
  if (shape.window) return std::nullopt;
  const Wish wish{.shape = shape, .limit = limit, .ground = ground_for(state, id, job), .before = expires(job)};
  return find_earliest_start(state, *index_, id, wish, pool.ends, pool.stopping, now_, planned);
}

}  // namespace dure
