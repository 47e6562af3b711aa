#include "dure/forecast/demand_seen.h"

#include <algorithm>
#include <utility>

namespace dure::forecast {
namespace {

constexpr Duration kept_for = days(14);
constexpr std::size_t most_arrivals = 262'144;
constexpr Duration least_seen = hours(1);

}  // namespace

bool declares_anew(const Change& change) {
  return std::holds_alternative<FleetDeclared>(change) || std::holds_alternative<TenantsDeclared>(change);
}

void DemandSeen::learn(const State& state, Time now, const JobSpec& spec) {
  if (tenants_.empty()) remember_names(state);
  if (arrivals_.empty()) since_ = now;
  Arrival arrival{.time = now, .spec = spec, .likeness = likeness_of(state.tenants(), spec)};
  arrival.spec.name.clear();
  arrival.spec.text = {};
  arrival.spec.after.clear();
  arrival.spec.array.reset();
  arrival.spec.start_by.reset();
  arrival.spec.is_held = false;
  arrivals_.push_back(std::move(arrival));
  while (arrivals_.size() > most_arrivals || arrivals_.front().time < now - kept_for) {
    arrivals_.pop_front();
    since_ = arrivals_.front().time;
  }
}

void DemandSeen::remember_names(const State& state) {
  tenants_.clear();
  for (std::size_t t = 0; t < state.tenants().size(); ++t) {
    tenants_.push_back(state.tenants()[id_of<TenantTag>(t)].path);
  }
  pools_ = state.fleet().pool_paths();
}

void DemandSeen::renumber(const State& state) {
  std::erase_if(arrivals_, [&](Arrival& arrival) {
    JobSpec& spec = arrival.spec;
    const auto tenant = state.tenants().find(tenants_[spec.tenant.index()]);
    if (!tenant || !state.tenants()[*tenant].is_leaf()) return true;
    spec.tenant = *tenant;
    if (spec.shape.pools.empty()) return false;
    std::vector<PoolId> pools;
    for (const PoolId former : spec.shape.pools) {
      if (const auto pool = state.fleet().find_pool(pools_[former.index()])) pools.push_back(*pool);
    }
    std::sort(pools.begin(), pools.end());
    spec.shape.pools = std::move(pools);
    return spec.shape.pools.empty();
  });
  remember_names(state);
}

std::size_t DemandSeen::first_from(Time time) const {
  const auto found = std::lower_bound(arrivals_.begin(), arrivals_.end(), time,
                                      [](const Arrival& arrival, Time t) { return arrival.time < t; });
  return static_cast<std::size_t>(found - arrivals_.begin());
}

ArrivalsDrawn::ArrivalsDrawn(const DemandSeen& seen, const RunTimes& run_times, Time now, Time until,
                             std::uint64_t seed)
    : seen_(seen), run_times_(run_times), now_(now), until_(until), random_(seed) {
  if (seen.size() == 0 || now - seen.since() < least_seen) return;
  block_ = std::min(days(1), now - seen.since());
  blocks_ = (now - seen.since()).ns / block_.ns;
  begin_block(now);
}

void ArrivalsDrawn::begin_block(Time from) {
  const auto back = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(blocks_))) + 1;
  const Time past = now_ - block_ * back;
  shift_ = from - past;
  block_ends_ = from + block_;
  at_ = seen_.first_from(past);
}

std::optional<SourcedJob> ArrivalsDrawn::next() {
  if (block_ == Duration{}) return std::nullopt;
  while (at_ == seen_.size() || seen_[at_].time + shift_ >= block_ends_) {
    if (block_ends_ >= until_) return std::nullopt;
    begin_block(block_ends_);
  }
  const DemandSeen::Arrival& arrival = seen_[at_++];
  // What came at this very instant has come.
  const Time submit = std::max(arrival.time + shift_, now_ + Duration{1});
  return SourcedJob{.submit = submit,
                    .spec = arrival.spec,
                    .run_time = run_times_.draw(arrival.likeness, {}, arrival.spec.time_limit, random_)};
}

}  // namespace dure::forecast
