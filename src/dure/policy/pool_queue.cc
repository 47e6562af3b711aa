#include "dure/policy/pool_queue.h"

#include <algorithm>
#include <bit>

#include "dure/base/assert.h"

namespace dure {
namespace {

// Usage is compared as of the end of this minute, so that the order follows from the state and not from when it was
// asked, and so that what starts now counts at once: as of an earlier instant it would count for less than nothing.
Time end_of_minute(Time now) {
  return {now.ns - ((now.ns % minutes(1).ns) + minutes(1).ns) % minutes(1).ns + minutes(1).ns};
}

std::uint32_t bucket_of(Duration limit) {
  const auto whole_minutes = static_cast<std::uint64_t>((limit.ns + minutes(1).ns - 1) / minutes(1).ns);
  return static_cast<std::uint32_t>(std::bit_width(whole_minutes - 1));
}

ClassQueue::Entry entry_of(const Job& job) {
  return {.priority = job.priority, .submitted = job.submitted, .job = job.id};
}

}  // namespace

void ClassQueue::insert(const Entry& entry) {
  if (head_ > 64 && head_ * 2 > entries_.size()) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  if (empty() || entries_.back().before(entry)) {
    entries_.push_back(entry);
  } else if (head_ > 0 && entry.before(front())) {
    entries_[--head_] = entry;
  } else {
    const auto place = std::lower_bound(entries_.begin() + static_cast<std::ptrdiff_t>(head_), entries_.end(), entry,
                                        [](const Entry& a, const Entry& b) { return a.before(b); });
    entries_.insert(place, entry);
  }
}

void ClassQueue::erase(const Entry& entry) {
  const auto place = std::lower_bound(entries_.begin() + static_cast<std::ptrdiff_t>(head_), entries_.end(), entry,
                                      [](const Entry& a, const Entry& b) { return a.before(b); });
  DURE_ASSERT(place != entries_.end() && place->job == entry.job);
  if (place == entries_.begin() + static_cast<std::ptrdiff_t>(head_)) {
    ++head_;
  } else {
    entries_.erase(place);
  }
}

void PoolQueue::reset(const State& state, PoolId pool) {
  *this = {};
  pool_ = pool;
  const std::size_t tenants = state.tenants().size();
  visible_.resize(tenants);
  showing_.resize(tenants);
  leaves_.resize(tenants);
  waiting_for_.resize(tenants);
  accounts_.resize(tenants);
  for (std::size_t t = 0; t < tenants; ++t) accounts_[t] = state.usage(id_of<TenantTag>(t), pool);
  epoch_ = state.usage_clock().epoch();
  weighed_at_ = Time::never();
  set_time(state, state.now());
}

ClassQueue* PoolQueue::find_queue(Leaf& leaf, ClassId id) {
  const auto place = std::lower_bound(leaf.queues.begin(), leaf.queues.end(), id,
                                      [](const auto& entry, ClassId wanted) { return entry.first < wanted; });
  return place != leaf.queues.end() && place->first == id ? &place->second : nullptr;
}

ClassQueue& PoolQueue::queue_of(Leaf& leaf, ClassId id) {
  if (ClassQueue* found = find_queue(leaf, id)) return *found;
  const auto place = std::upper_bound(leaf.queues.begin(), leaf.queues.end(), id,
                                      [](ClassId wanted, const auto& entry) { return wanted < entry.first; });
  return leaf.queues.emplace(place, id, ClassQueue{})->second;
}

ClassId PoolQueue::class_of(const Job& job) const { return class_ids_.at({job.shape, bucket_of(job.time_limit)}); }

ClassId PoolQueue::take_class(const Job& job) {
  const std::uint32_t bucket = bucket_of(job.time_limit);
  const auto [found, fresh] = class_ids_.try_emplace({job.shape, bucket});
  if (fresh) {
    if (free_classes_.empty()) {
      found->second = id_of<ClassTag>(classes_.size());
      classes_.emplace_back();
    } else {
      found->second = free_classes_.back();
      free_classes_.pop_back();
    }
    classes_[found->second.index()] = {.shape = job.shape, .limit_bucket = bucket};
  }
  ++classes_[found->second.index()].jobs;
  return found->second;
}

ClassId PoolQueue::insert(const State& state, const Job& job) {
  const ClassId id = take_class(job);
  ClassQueue& queue = queue_of(leaves_[job.tenant.index()], id);
  const bool first = queue.empty();
  queue.insert(entry_of(job));
  if (first) refresh_path(state, job.tenant, id);
  return id;
}

ClassId PoolQueue::erase(const State& state, const Job& job) {
  const ClassId id = class_of(job);
  Leaf& leaf = leaves_[job.tenant.index()];
  ClassQueue& queue = queue_of(leaf, id);
  queue.erase(entry_of(job));
  if (queue.empty()) {
    leaf.hidden.erase(id);
    refresh_path(state, job.tenant, id);
  }
  if (--classes_[id.index()].jobs == 0) {
    class_ids_.erase({classes_[id.index()].shape, classes_[id.index()].limit_bucket});
    free_classes_.push_back(id);
  }
  return id;
}

// Whether the class shows at the tenant and, as the union over children, above it; stops where nothing changes.
void PoolQueue::refresh_path(const State& state, TenantId tenant, ClassId id) {
  Leaf& leaf = leaves_[tenant.index()];
  const ClassQueue* queue = find_queue(leaf, id);
  const bool shows = queue != nullptr && !queue->empty() && !leaf.hidden.contains(id);
  if (visible_[tenant.index()].contains(id) == shows) return;
  for (std::optional<TenantId> at = tenant; at; at = state.tenants()[*at].parent) {
    shows ? visible_[at->index()].insert(id) : visible_[at->index()].erase(id);
    const std::optional<TenantId> parent = state.tenants()[*at].parent;
    if (!parent) return;
    std::vector<std::uint32_t>& showing = showing_[parent->index()];
    if (showing.size() <= id.index()) showing.resize(id.index() + 1);
    shows ? ++showing[id.index()] : --showing[id.index()];
    if (showing[id.index()] != (shows ? 1u : 0u)) return;  // a sibling decides above
  }
}

void PoolQueue::hide(const State& state, TenantId tenant, ClassId id) {
  leaves_[tenant.index()].hidden.insert(id);
  refresh_path(state, tenant, id);
}

void PoolQueue::hide_until_room(const State& state, TenantId tenant, ClassId id, TenantId holder,
                                std::int64_t amount_milli) {
  std::vector<Hidden>& waiting = waiting_for_[holder.index()];
  const auto known = std::find_if(waiting.begin(), waiting.end(), [&](const Hidden& hidden) {
    return hidden.tenant == tenant && hidden.job_class == id;
  });
  // What is known may be of a class that is gone and whose id was used again.
  if (known != waiting.end()) known->amount_milli = amount_milli;
  if (known == waiting.end()) waiting.push_back({tenant, id, amount_milli});
  hide(state, tenant, id);
}

void PoolQueue::unhide(const State& state, TenantId tenant, ClassId id) {
  leaves_[tenant.index()].hidden.erase(id);
  refresh_path(state, tenant, id);
}

void PoolQueue::standing_changed(const State& state, TenantId tenant, bool holds_less) {
  for (std::optional<TenantId> at = tenant; at; at = state.tenants()[*at].parent) {
    accounts_[at->index()] = state.usage(*at, pool_);
    if (!holds_less) continue;
    const std::int64_t room = state.tenants().quota(*at, pool_).limit_milli - accounts_[at->index()].held_milli;
    std::erase_if(waiting_for_[at->index()], [&](const Hidden& hidden) {
      if (hidden.amount_milli > room) return false;
      unhide(state, hidden.tenant, hidden.job_class);
      return true;
    });
  }
}

void PoolQueue::hold(const State& state, Time now, TenantId tenant, std::int64_t milli) {
  const std::int64_t weight = state.usage_clock().weight(now);
  for (std::optional<TenantId> at = tenant; at; at = state.tenants()[*at].parent) {
    accounts_[at->index()].hold(milli, weight);
  }
}

void PoolQueue::set_time(const State& state, Time now) {
  if (state.usage_clock().epoch() != epoch_) {
    epoch_ = state.usage_clock().epoch();
    for (std::size_t t = 0; t < accounts_.size(); ++t) accounts_[t] = state.usage(id_of<TenantTag>(t), pool_);
    weighed_at_ = Time::never();
  }
  const Time at = std::max(end_of_minute(now), epoch_);
  if (at == weighed_at_) return;
  weighed_at_ = at;
  weight_ = state.usage_clock().weight(at);
}

bool PoolQueue::order_may_differ(const State& state, Time now) const {
  return state.usage_clock().epoch() != epoch_ || std::max(end_of_minute(now), epoch_) != weighed_at_;
}

// Below its guarantee first, then the least usage for its weight, then the lower id.
bool PoolQueue::comes_before(const State& state, TenantId a, TenantId b) const {
  const UsageAccount& ours = accounts_[a.index()];
  const UsageAccount& theirs = accounts_[b.index()];
  const bool we_lack = ours.held_milli < state.tenants().quota(a, pool_).guarantee_milli;
  const bool they_lack = theirs.held_milli < state.tenants().quota(b, pool_).guarantee_milli;
  if (we_lack != they_lack) return we_lack;
  const Wide our_use = ours.usage(weight_) * state.tenants()[b].weight;
  const Wide their_use = theirs.usage(weight_) * state.tenants()[a].weight;
  return our_use != their_use ? our_use < their_use : a < b;
}

bool PoolQueue::has_any(TenantId tenant, const ClassSet* among) const {
  const ClassSet& visible = visible_[tenant.index()];
  for (std::size_t i = 0; i < visible.word_count(); ++i) {
    if ((visible.word(i) & (among != nullptr ? among->word(i) : ~std::uint64_t{0})) != 0) return true;
  }
  return false;
}

std::optional<TenantId> PoolQueue::first_of(const State& state, std::span<const TenantId> siblings,
                                            const ClassSet* among) const {
  std::optional<TenantId> first;
  for (TenantId tenant : siblings) {
    if (!has_any(tenant, among)) continue;
    if (!first || comes_before(state, tenant, *first)) first = tenant;
  }
  return first;
}

std::optional<PoolQueue::Candidate> PoolQueue::next(const State& state, const ClassSet* among) {
  std::optional<TenantId> tenant = first_of(state, state.tenants().roots(), among);
  if (!tenant) return std::nullopt;
  while (!state.tenants()[*tenant].children.empty()) {
    tenant = first_of(state, state.tenants()[*tenant].children, among);
  }
  const ClassSet& visible = visible_[tenant->index()];
  Leaf& leaf = leaves_[tenant->index()];
  const ClassQueue::Entry* best = nullptr;
  ClassId best_class;
  for (std::size_t i = 0; i < visible.word_count(); ++i) {
    std::uint64_t word = visible.word(i) & (among != nullptr ? among->word(i) : ~std::uint64_t{0});
    for (; word != 0; word &= word - 1) {
      const ClassId id = id_of<ClassTag>(i * 64 + static_cast<std::size_t>(std::countr_zero(word)));
      const ClassQueue::Entry& entry = find_queue(leaf, id)->front();
      if (best != nullptr && !entry.before(*best)) continue;
      best = &entry;
      best_class = id;
    }
  }
  DURE_ASSERT(best != nullptr);
  return Candidate{.tenant = *tenant, .job_class = best_class, .job = best->job};
}

}  // namespace dure
