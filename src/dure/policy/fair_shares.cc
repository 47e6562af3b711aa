#include "dure/policy/fair_shares.h"

#include <algorithm>

namespace dure {
namespace {

// The highest tenant on the path of `tenant` that `other` is not within. Requires two leaves that differ.
TenantId side_of(const Tenants& tenants, TenantId tenant, TenantId other) {
  TenantId side = tenant;
  while (tenants[side].parent && !tenants.is_within(other, *tenants[side].parent)) side = *tenants[side].parent;
  return side;
}

}  // namespace

FairShares::FairShares(const State& state, PoolId pool, const PoolQueue& queue, std::uint32_t most_per_hour, Time now)
    : state_(state), queue_(queue) {
  for (const FairEviction& one : state.fair_evictions()) {
    if (one.pool == pool && one.time + fair_eviction_counts_for > now) lately_.push_back(one);
  }
  const auto used = static_cast<std::uint32_t>(lately_.size());
  left_ = most_per_hour - std::min(most_per_hour, used);
}

Time FairShares::next_forgotten() const {
  return lately_.empty() ? Time::never() : lately_.front().time + fair_eviction_counts_for;
}

bool FairShares::may_take(TenantId gainer, TenantId loser) const {
  if (gainer == loser) return false;
  const Tenants& tenants = state_.tenants();
  const auto& scope = tenants[gainer].preempts_within;
  if (scope && scope == tenants[loser].preempts_within) return false;
  const TenantId ours = side_of(tenants, gainer, loser);
  const TenantId theirs = side_of(tenants, loser, gainer);
  if (!queue_.has_used_at_most_half(ours, theirs)) return false;
  return std::none_of(lately_.begin(), lately_.end(), [&](const FairEviction& one) {
    return one.loser && one.gainer && tenants.is_within(*one.loser, ours) && tenants.is_within(*one.gainer, theirs);
  });
}

bool FairShares::may_take(TenantId gainer) const {
  for (std::size_t t = 0; t < state_.tenants().size(); ++t) {
    const TenantId loser = id_of<TenantTag>(t);
    if (state_.tenants()[loser].is_leaf() && queue_.held(loser) > 0 && may_take(gainer, loser)) return true;
  }
  return false;
}

}  // namespace dure
