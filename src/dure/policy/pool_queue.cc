#include "dure/policy/pool_queue.h"

#include <algorithm>
#include <bit>

#include "dure/base/assert.h"
#include "dure/policy/expiry.h"

namespace dure {
namespace {

constexpr ClassId no_class{~std::uint32_t{0}};

std::uint32_t bucket_of(Duration limit) {
  const auto whole_minutes = static_cast<std::uint64_t>((limit.ns + minutes(1).ns - 1) / minutes(1).ns);
  return static_cast<std::uint32_t>(std::bit_width(whole_minutes - 1));
}

// Estimates below a second count as one.
std::uint32_t estimate_bucket_of(Duration estimate) {
  const auto whole_seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(estimate.whole_seconds(), 1));
  return static_cast<std::uint32_t>(std::bit_width(whole_seconds)) - 1;
}

ClassQueue::Entry entry_of(const Job& job) {
  return {.priority = job.priority, .submitted = job.submitted, .job = job.id};
}

}  // namespace

Time end_of_minute(Time now) {
  return {now.ns - ((now.ns % minutes(1).ns) + minutes(1).ns) % minutes(1).ns + minutes(1).ns};
}

void PoolQueue::reset(const State& state, PoolId pool, LeafOrder order) {
  *this = {};
  pool_ = pool;
  order_ = order;
  tenants_ = &state.tenants();
  const PoolSpec& spec = state.fleet().pool(pool).spec;
  longest_grace_ = spec.reclaim_within - spec.min_run_time;
  const std::size_t count = tenants_->size();
  visible_.resize(count);
  showing_.resize(count);
  leaves_.resize(count);
  waiting_for_.resize(count);
  for (std::size_t t = 0; t < count; ++t) {
    const TenantId id = id_of<TenantTag>(t);
    const Quota& quota = tenants_->quota(id, pool);
    const std::optional<TenantId> parent = (*tenants_)[id].parent;
    has_guarantees_ = has_guarantees_ || quota.guarantee_milli > 0;
    standings_.push_back({.account = state.usage(id, pool),
                          .guarantee_milli = quota.guarantee_milli,
                          .limit_milli = quota.limit_milli,
                          .weight = (*tenants_)[id].weight,
                          .is_lent_to = quota.is_lent_to,
                          .parent = parent});
    if ((*tenants_)[id].is_leaf() && (*tenants_)[id].preempts_within) preempting_.push_back(id);
    if (!(*tenants_)[id].takes_turns()) continue;
    takes_turns_ = true;
    leaves_[t].turns.emplace();
    load_users(state, id);
  }
  epoch_ = state.usage_clock().epoch();
  weighed_at_ = Time::never();
  set_time(state, state.now());
}

void PoolQueue::Leaf::insert(ClassId id, const Job& job) {
  if (turns) return turns->insert(id, job.user, entry_of(job));
  if (queues.size() <= id.index()) queues.resize(id.index() + 1);
  queues[id.index()].insert(entry_of(job));
}

void PoolQueue::Leaf::erase(ClassId id, const Job& job) {
  if (turns) return turns->erase(id, job.user, entry_of(job));
  queues[id.index()].erase(entry_of(job));
}

void PoolQueue::load_users(const State& state, TenantId leaf) {
  UserTurns& turns = *leaves_[leaf.index()].turns;
  turns.clear_accounts();
  for (const auto& [key, account] : state.user_usage().of(leaf, pool_)) turns.set_account(key.user, account);
}

// What tells the classes of one shape apart, as a number. For who keeps failing nothing is taken back: it hides nobody
// for whom something would be.
std::size_t PoolQueue::kind_of(const Job& job) const {
  const std::size_t limit = bucket_of(job.time_limit) * 8 + (may_borrow(job) ? 0 : 1) + (may_expire(job) ? 2 : 0) +
                            (job.keeps_failing() ? 4 : 0);
  return order_ == LeafOrder::oldest ? limit : limit * estimate_buckets + estimate_bucket_of(job.estimate);
}

ClassId PoolQueue::class_of(const Job& job) const {
  const auto& known = class_ids_[job.shape.index()];
  const std::size_t kind = kind_of(job);
  return std::find_if(known.begin(), known.end(), [&](const auto& entry) { return entry.first == kind; })->second;
}

ClassId PoolQueue::take_class(const State& state, const Job& job) {
  const std::size_t kind = kind_of(job);
  if (class_ids_.size() <= job.shape.index()) class_ids_.resize(job.shape.index() + 1);
  auto& known = class_ids_[job.shape.index()];
  const auto found = std::find_if(known.begin(), known.end(), [&](const auto& entry) { return entry.first == kind; });
  ClassId id = found == known.end() ? no_class : found->second;
  if (id == no_class) {
    if (free_classes_.empty()) {
      id = id_of<ClassTag>(classes_.size());
      classes_.emplace_back();
    } else {
      id = free_classes_.back();
      free_classes_.pop_back();
    }
    known.emplace_back(kind, id);
    const Shape& shape = state.shape_of(job);
    classes_[id.index()] = {.shape = job.shape,
                            .limit_bucket = bucket_of(job.time_limit),
                            .estimate_bucket = order_ == LeafOrder::oldest ? 0 : estimate_bucket_of(job.estimate),
                            .amount_milli = state.amount(shape, pool_, shape.tasks_min),
                            .may_borrow = may_borrow(job),
                            .expires = may_expire(job)};
    if (id.index() / 64 >= words_) widen(id.index() / 64 + 1);
  }
  ++classes_[id.index()].jobs;
  return id;
}

ClassId PoolQueue::insert(const State& state, const Job& job) {
  const ClassId id = take_class(state, job);
  Leaf& leaf = leaves_[job.tenant.index()];
  const bool first = leaf.is_empty(id);
  leaf.insert(id, job);
  if (first) refresh_path(job.tenant, id);
  return id;
}

ClassId PoolQueue::erase(const Job& job) {
  const ClassId id = class_of(job);
  Leaf& leaf = leaves_[job.tenant.index()];
  leaf.erase(id, job);
  if (leaf.is_empty(id)) {
    leaf.hidden.erase(id);
    refresh_path(job.tenant, id);
  }
  if (--classes_[id.index()].jobs == 0) {
    std::erase_if(class_ids_[job.shape.index()], [&](const auto& entry) { return entry.second == id; });
    free_classes_.push_back(id);
  }
  return id;
}

void PoolQueue::widen(std::size_t words) {
  std::vector<std::uint64_t> wider(standings_.size() * words);
  for (std::size_t t = 0; t < standings_.size(); ++t) {
    std::copy_n(visible_.begin() + static_cast<std::ptrdiff_t>(t * words_), words_,
                wider.begin() + static_cast<std::ptrdiff_t>(t * words));
  }
  visible_ = std::move(wider);
  words_ = words;
}

// Whether the class shows at the tenant and, as the union over children, above it; stops where nothing changes.
void PoolQueue::refresh_path(TenantId tenant, ClassId id) {
  const Leaf& leaf = leaves_[tenant.index()];
  const bool show = !leaf.is_empty(id) && !leaf.hidden.contains(id);
  if (shows(tenant, id) == show) return;
  const std::uint64_t bit = std::uint64_t{1} << id.index() % 64;
  for (TenantId at = tenant;; at = *standings_[at.index()].parent) {
    visible_[at.index() * words_ + id.index() / 64] ^= bit;
    const std::optional<TenantId> parent = standings_[at.index()].parent;
    if (!parent) return;
    std::vector<std::uint32_t>& showing = showing_[parent->index()];
    if (showing.size() <= id.index()) showing.resize(id.index() + 1);
    show ? ++showing[id.index()] : --showing[id.index()];
    if (showing[id.index()] != (show ? 1u : 0u)) return;  // a sibling decides above
  }
}

void PoolQueue::hide(TenantId tenant, ClassId id) {
  leaves_[tenant.index()].hidden.insert(id);
  refresh_path(tenant, id);
}

void PoolQueue::unhide(TenantId tenant, ClassId id) {
  leaves_[tenant.index()].hidden.erase(id);
  refresh_path(tenant, id);
}

void PoolQueue::given_back(const State& state, const Job& job) {
  if (auto& turns = leaves_[job.tenant.index()].turns) {
    turns->set_account(job.user, state.user_usage().of({job.tenant, pool_, job.user}));
  }
  for (std::optional<TenantId> at = job.tenant; at; at = standings_[at->index()].parent) {
    standings_[at->index()].account = state.usage(*at, pool_);
    show_who_has_room(*at);
  }
}

void PoolQueue::claim(TenantId tenant, std::int64_t milli) {
  for (std::optional<TenantId> at = tenant; at; at = standings_[at->index()].parent) {
    standings_[at->index()].claimed_milli += milli;
    if (milli < 0) show_who_has_room(*at);
  }
}

// Of those that wait until the tenant leaves them room.
void PoolQueue::show_who_has_room(TenantId tenant) {
  const std::int64_t room = standings_[tenant.index()].room();
  std::erase_if(waiting_for_[tenant.index()], [&](const Waiting& waiting) {
    const JobClass& waits_as = classes_[waiting.job_class.index()];
    if (waits_as.may_borrow && waits_as.amount_milli > room) return false;
    std::optional<TenantId>& waits = leaves_[waiting.tenant.index()].waits[waiting.job_class.index()];
    if (waits == tenant) waits.reset();
    unhide(waiting.tenant, waiting.job_class);
    return true;
  });
}

void PoolQueue::hold(const State& state, Time now, const Job& job, std::int64_t milli) {
  const std::int64_t weight = state.usage_clock().weight(now);
  if (auto& turns = leaves_[job.tenant.index()].turns) turns->hold(job.user, milli, weight);
  for (std::optional<TenantId> at = job.tenant; at; at = standings_[at->index()].parent) {
    standings_[at->index()].account.hold(milli, weight);
  }
}

void PoolQueue::set_time(const State& state, Time now) {
  if (state.usage_clock().epoch() != epoch_) {
    epoch_ = state.usage_clock().epoch();
    for (std::size_t t = 0; t < standings_.size(); ++t) {
      standings_[t].account = state.usage(id_of<TenantTag>(t), pool_);
      if (leaves_[t].turns) load_users(state, id_of<TenantTag>(t));
    }
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
bool PoolQueue::comes_before(TenantId a, TenantId b) const {
  const Standing& ours = standings_[a.index()];
  const Standing& theirs = standings_[b.index()];
  const bool we_lack = ours.account.held_milli < ours.guarantee_milli;
  const bool they_lack = theirs.account.held_milli < theirs.guarantee_milli;
  if (we_lack != they_lack) return we_lack;
  const Wide our_use = ours.account.usage(weight_) * theirs.weight;
  const Wide their_use = theirs.account.usage(weight_) * ours.weight;
  return our_use != their_use ? our_use < their_use : a < b;
}

bool PoolQueue::has_used_at_most_half(TenantId tenant, TenantId other) const {
  const Standing& ours = standings_[tenant.index()];
  const Standing& theirs = standings_[other.index()];
  const Wide their_use = theirs.account.usage(weight_) * ours.weight;
  return their_use > 0 && ours.account.usage(weight_) * theirs.weight * 2 <= their_use;
}

bool PoolQueue::has_any(TenantId tenant, const ClassSet& among) const {
  const std::uint64_t* visible = &visible_[tenant.index() * words_];
  for (std::size_t i = 0; i < words_; ++i) {
    if ((visible[i] & among.word(i)) != 0) return true;
  }
  return false;
}

std::optional<TenantId> PoolQueue::first_of(std::span<const TenantId> siblings, const ClassSet& among) const {
  std::optional<TenantId> first;
  for (TenantId tenant : siblings) {
    if (!has_any(tenant, among)) continue;
    if (!first || comes_before(tenant, *first)) first = tenant;
  }
  return first;
}

std::optional<PoolQueue::Candidate> PoolQueue::next(const ClassSet& among) {
  for (;;) {
    std::optional<TenantId> tenant = first_of(tenants_->roots(), among);
    if (!tenant) return std::nullopt;
    while (!(*tenants_)[*tenant].children.empty()) tenant = first_of((*tenants_)[*tenant].children, among);
    if (const auto candidate = first_in(*tenant, among)) return candidate;
    pass_over(*tenant, among);
  }
}

// The first job of the leaf among these classes that its limits leave room for.
std::optional<PoolQueue::Candidate> PoolQueue::first_in(TenantId tenant, const ClassSet& among) {
  const std::int64_t room = narrowest(tenant).milli;
  const std::int64_t own = std::min(room, guaranteed_room(tenant));
  Leaf& leaf = leaves_[tenant.index()];
  if (leaf.turns) leaf.turns->weigh(weight_);
  ClassId best = no_class;
  for (std::size_t i = 0; i < words_; ++i) {
    for (std::uint64_t word = visible_[tenant.index() * words_ + i] & among.word(i); word != 0; word &= word - 1) {
      const ClassId id = id_of<ClassTag>(i * 64 + static_cast<std::size_t>(std::countr_zero(word)));
      if (classes_[id.index()].amount_milli > (classes_[id.index()].may_borrow ? room : own)) continue;
      if (best == no_class || comes_before(id, best, leaf)) best = id;
    }
  }
  if (best == no_class) return std::nullopt;
  return Candidate{.tenant = tenant, .job_class = best, .job = leaf.front(best).job};
}

// Whose first job goes first.
bool PoolQueue::comes_before(ClassId a, ClassId b, const Leaf& leaf) const {
  const ClassQueue::Entry& ours = leaf.front(a);
  const ClassQueue::Entry& theirs = leaf.front(b);
  if (ours.priority != theirs.priority) return ours.priority > theirs.priority;
  if (leaf.turns && leaf.turns->usage_of_front(a) != leaf.turns->usage_of_front(b)) {
    return leaf.turns->usage_of_front(a) < leaf.turns->usage_of_front(b);
  }
  if (order_ == LeafOrder::oldest) return ours.before(theirs);
  const JobClass& our_class = classes_[a.index()];
  const JobClass& their_class = classes_[b.index()];
  if (our_class.estimate_bucket != their_class.estimate_bucket) {
    return our_class.estimate_bucket < their_class.estimate_bucket;
  }
  const auto width = [](const JobClass& any) { return std::bit_width(static_cast<std::uint64_t>(any.amount_milli)); };
  return width(our_class) != width(their_class) ? width(our_class) > width(their_class) : ours.before(theirs);
}

PoolQueue::Room PoolQueue::narrowest(TenantId tenant) const {
  Room room;
  for (std::optional<TenantId> at = tenant; at; at = standings_[at->index()].parent) {
    const Standing& standing = standings_[at->index()];
    if (standing.limit_milli == no_limit) continue;
    if (standing.room() < room.milli) room = {.milli = standing.room(), .holder = *at};
  }
  return room;
}

// What is left of the best guarantee on the path, if it matters what is borrowed.
std::int64_t PoolQueue::guaranteed_room(TenantId tenant) const {
  if (!standings_[tenant.index()].is_lent_to) return no_limit;
  std::int64_t room = 0;
  for (std::optional<TenantId> at = tenant; at; at = standings_[at->index()].parent) {
    const Standing& standing = standings_[at->index()];
    room = std::max(room, standing.guarantee_milli - standing.account.held_milli - standing.claimed_milli);
  }
  return room;
}

std::int64_t PoolQueue::room_for(const Job& job) const {
  const std::int64_t room = narrowest(job.tenant).milli;
  return may_borrow(job) ? room : std::min(room, guaranteed_room(job.tenant));
}

std::int64_t PoolQueue::room_for(const Job& job, const std::map<TenantId, std::int64_t>& uncounted_milli,
                                 std::int64_t covered_milli) const {
  std::int64_t room = no_limit;
  std::int64_t guaranteed = covered_milli;
  for (std::optional<TenantId> at = job.tenant; at; at = standings_[at->index()].parent) {
    const Standing& standing = standings_[at->index()];
    const auto uncounted = uncounted_milli.find(*at);
    const std::int64_t taken = standing.account.held_milli + standing.claimed_milli -
                               (uncounted == uncounted_milli.end() ? 0 : uncounted->second);
    if (standing.limit_milli != no_limit) room = std::min(room, standing.limit_milli - taken);
    guaranteed = std::max(guaranteed, standing.guarantee_milli - taken);
  }
  const bool is_bound = !may_borrow(job) && standings_[job.tenant.index()].is_lent_to;
  return is_bound ? std::min(room, guaranteed) : room;
}

// None of these classes of the leaf has room: they wait for whoever leaves the least of it. Those that may not borrow
// wait for anybody on the path.
void PoolQueue::pass_over(TenantId tenant, const ClassSet& among) {
  const TenantId narrow = narrowest(tenant).holder;
  TenantId root = tenant;
  while (standings_[root.index()].parent) root = *standings_[root.index()].parent;
  Leaf& leaf = leaves_[tenant.index()];
  leaf.waits.resize(classes_.size());
  for (std::size_t i = 0; i < words_; ++i) {
    for (std::uint64_t word = visible_[tenant.index() * words_ + i] & among.word(i); word != 0; word &= word - 1) {
      const ClassId id = id_of<ClassTag>(i * 64 + static_cast<std::size_t>(std::countr_zero(word)));
      const TenantId holder = classes_[id.index()].may_borrow ? narrow : root;
      if (leaf.waits[id.index()] != holder) {
        leaf.waits[id.index()] = holder;
        waiting_for_[holder.index()].push_back({tenant, id});
      }
      hide(tenant, id);
    }
  }
}

}  // namespace dure
