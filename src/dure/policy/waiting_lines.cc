#include "dure/policy/waiting_lines.h"

#include <algorithm>
#include <bit>

#include "dure/base/assert.h"
#include "dure/policy/eligible_pools.h"
#include "dure/policy/expiry.h"

namespace dure {

std::uint32_t limit_bucket_of(Duration limit) {
  const auto whole_minutes = static_cast<std::uint64_t>((limit.ns + minutes(1).ns - 1) / minutes(1).ns);
  return static_cast<std::uint32_t>(std::bit_width(whole_minutes - 1));
}

std::uint32_t estimate_bucket_of(Duration estimate) {
  const auto whole_seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(estimate.whole_seconds(), 1));
  return static_cast<std::uint32_t>(std::bit_width(whole_seconds)) - 1;
}

ClassQueue::Entry entry_of(const Job& job) {
  return {.priority = job.priority, .submitted = job.submitted, .job = job.id};
}

WaitingLines::WaitingLines(const State& state, LeafOrder order)
    : state_(state), order_(order), lines_(state.tenants().size()) {
  for (std::size_t i = 0; i < state.fleet().pools().size(); ++i) {
    graces_.push_back(state.most_grace_of_loans(id_of<PoolTag>(i)));
  }
  std::sort(graces_.begin(), graces_.end());
  graces_.erase(std::unique(graces_.begin(), graces_.end()), graces_.end());
}

// What tells the classes of one shape apart, but for the pools, as a number. For who keeps failing nothing is taken
// back: it hides nobody for whom something would be.
std::size_t WaitingLines::kind_of(const Job& job) const {
  const auto pools_it_may_borrow_in = std::lower_bound(graces_.begin(), graces_.end(), job.grace());
  std::size_t kind = static_cast<std::size_t>(pools_it_may_borrow_in - graces_.begin());
  kind = kind * 2 + (may_expire(job) ? 1 : 0);
  kind = kind * 2 + (job.keeps_failing() ? 1 : 0);
  kind = kind * 64 + limit_bucket_of(job.time_limit);
  return order_ == LeafOrder::oldest ? kind : kind * estimate_buckets + estimate_bucket_of(job.estimate);
}

ClassId WaitingLines::class_of(const Job& job) const {
  const std::vector<Known>& known = known_[job.shape.index()];
  const std::size_t kind = kind_of(job);
  const auto is_same = [&](const Known& one) { return one.kind == kind; };
  const auto first = std::find_if(known.begin(), known.end(), is_same);
  DURE_ASSERT(first != known.end());
  if (std::find_if(first + 1, known.end(), is_same) == known.end()) return first->id;
  std::vector<PoolId> pools;
  for_each_eligible(state_, job, [&](PoolId pool) { pools.push_back(pool); });
  return std::find_if(first, known.end(),
                      [&](const Known& one) { return is_same(one) && classes_[one.id.index()].pools == pools; })
      ->id;
}

ClassId WaitingLines::insert(const Job& job, Place place) {
  std::vector<PoolId> pools;
  for_each_eligible(state_, job, [&](PoolId pool) { pools.push_back(pool); });
  const std::size_t kind = kind_of(job);
  if (known_.size() <= job.shape.index()) known_.resize(job.shape.index() + 1);
  std::vector<Known>& known = known_[job.shape.index()];
  auto found = std::find_if(known.begin(), known.end(), [&](const Known& one) {
    return one.kind == kind && classes_[one.id.index()].pools == pools;
  });
  if (found == known.end()) {
    if (free_.empty()) {
      free_.push_back(id_of<ClassTag>(classes_.size()));
      classes_.emplace_back();
    }
    found = known.insert(known.end(), {kind, free_.back()});
    free_.pop_back();
    classes_[found->id.index()].pools = std::move(pools);
  }
  ++classes_[found->id.index()].jobs;
  if (place == Place::in_line) insert_in_line(job, found->id);
  return found->id;
}

ClassId WaitingLines::erase(const Job& job, Place place) {
  const ClassId id = class_of(job);
  if (place == Place::in_line) erase_from_line(job, id);
  if (--classes_[id.index()].jobs == 0) {
    std::erase_if(known_[job.shape.index()], [&](const Known& one) { return one.id == id; });
    free_.push_back(id);
  }
  return id;
}

void WaitingLines::insert_in_line(const Job& job, ClassId id) {
  if (state_.tenants()[job.tenant].takes_turns()) return;
  std::vector<ClassQueue>& lines = lines_[job.tenant.index()];
  if (lines.size() <= id.index()) lines.resize(id.index() + 1);
  lines[id.index()].insert(entry_of(job));
}

void WaitingLines::erase_from_line(const Job& job, ClassId id) {
  if (state_.tenants()[job.tenant].takes_turns()) return;
  lines_[job.tenant.index()][id.index()].erase(entry_of(job));
}

}  // namespace dure
