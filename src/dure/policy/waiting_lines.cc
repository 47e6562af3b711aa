#include "dure/policy/waiting_lines.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "dure/base/assert.h"
#include "dure/policy/eligible_pools.h"
#include "dure/policy/expiry.h"

namespace dure {
namespace {

constexpr std::size_t limit_buckets = 64;
// As many as a hundred years need in seconds, and one to spare.
constexpr std::size_t estimate_buckets = 34;

}  // namespace

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
  kind = kind * limit_buckets + limit_bucket_of(job.time_limit);
  return order_ == LeafOrder::oldest ? kind : kind * estimate_buckets + estimate_bucket_of(job.estimate);
}

bool WaitingLines::is_class(const Known& known, std::size_t kind, const Pools& pools) const {
  return known.kind == kind && classes_[known.id.index()].pools == pools;
}

ClassId WaitingLines::class_of(const Job& job) const {
  const std::vector<Known>& known = known_[job.shape.index()];
  const std::size_t kind = kind_of(job);
  const auto is_same_kind = [&](const Known& one) { return one.kind == kind; };
  const auto first = std::find_if(known.begin(), known.end(), is_same_kind);
  DURE_ASSERT(first != known.end());
  // The pools are dear to find, and seldom tell classes apart that nothing else does.
  if (std::none_of(first + 1, known.end(), is_same_kind)) return first->id;
  const Pools pools = eligible_pools(state_, job);
  const auto found = std::find_if(first, known.end(), [&](const Known& one) { return is_class(one, kind, pools); });
  DURE_ASSERT(found != known.end());
  return found->id;
}

ClassId WaitingLines::new_class(Pools pools) {
  if (free_.empty()) {
    free_.push_back(id_of<ClassTag>(classes_.size()));
    classes_.emplace_back();
  }
  const ClassId id = free_.back();
  free_.pop_back();
  classes_[id.index()].pools = std::move(pools);
  return id;
}

ClassId WaitingLines::insert(const Job& job, Stands stands) {
  Pools pools = eligible_pools(state_, job);
  const std::size_t kind = kind_of(job);
  if (known_.size() <= job.shape.index()) known_.resize(job.shape.index() + 1);
  std::vector<Known>& known = known_[job.shape.index()];
  auto found = std::find_if(known.begin(), known.end(), [&](const Known& one) { return is_class(one, kind, pools); });
  if (found == known.end()) found = known.insert(found, {kind, new_class(std::move(pools))});
  ++classes_[found->id.index()].jobs;
  if (stands == Stands::in_line) step_in(job, found->id);
  return found->id;
}

ClassId WaitingLines::erase(const Job& job, Stands stands) {
  const ClassId id = class_of(job);
  if (stands == Stands::in_line) step_out(job, id);
  if (--classes_[id.index()].jobs == 0) {
    std::erase_if(known_[job.shape.index()], [&](const Known& one) { return one.id == id; });
    free_.push_back(id);
  }
  return id;
}

void WaitingLines::step_in(const Job& job, ClassId id) {
  if (state_.tenants()[job.tenant].takes_turns()) return;
  std::vector<ClassQueue>& lines = lines_[job.tenant.index()];
  if (lines.size() <= id.index()) lines.resize(id.index() + 1);
  lines[id.index()].insert(entry_of(job));
}

void WaitingLines::step_out(const Job& job, ClassId id) {
  if (state_.tenants()[job.tenant].takes_turns()) return;
  lines_[job.tenant.index()][id.index()].erase(entry_of(job));
}

}  // namespace dure
