#include "dure/policy/pool_queue.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "dure/base/bits.h"
#include "dure/policy/expiry.h"

namespace dure {
namespace {

// What a Wait is for that is over whenever somebody has given something back.
constexpr std::int64_t any_room = std::numeric_limits<std::int64_t>::min();

}  // namespace

Time end_of_minute(Time now) {
  return {now.ns - ((now.ns % minutes(1).ns) + minutes(1).ns) % minutes(1).ns + minutes(1).ns};
}

void PoolQueue::reset(const State& state, PoolId pool, const WaitingLines& lines, const CreditBook& credits) {
  *this = {};
  state_ = &state;
  credits_ = &credits;
  pool_ = pool;
  lines_ = &lines;
  tenants_ = &state.tenants();
  longest_grace_ = state.most_grace_of_loans(pool);
  const std::size_t count = tenants_->size();
  visible_.resize(count);
  stale_.resize(count);
  shows_.resize(count);
  children_.resize(count);
  leaves_.resize(count);
  waiting_for_.resize(count);
  for (std::size_t t = 0; t < count; ++t) {
    const TenantId id = id_of<TenantTag>(t);
    const Quota& quota = tenants_->quota(id, pool);
    const std::optional<TenantId> parent = (*tenants_)[id].parent;
    if (quota.guarantee_milli > 0) guaranteed_.push_back(id);
    standings_.push_back({.account = state.usage(id, pool),
                          .guarantee_milli = quota.guarantee_milli,
                          .limit_milli = quota.limit_milli,
                          .weight = (*tenants_)[id].weight,
                          .is_lent_to = quota.is_lent_to,
                          .parent = parent,
                          .is_leaf = (*tenants_)[id].is_leaf()});
    note_whether_it_borrows(id);
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

void PoolQueue::load_users(const State& state, TenantId leaf) {
  UserTurns& turns = *leaves_[leaf.index()].turns;
  turns.clear_accounts();
  for (const auto& [key, account] : state.user_usage().of(leaf, pool_)) turns.set_account(key.user, account);
}

void PoolQueue::describe(const State& state, const Job& job, ClassId id) {
  const Shape& shape = state.shape_of(job);
  const bool by_age = lines_->order() == LeafOrder::oldest;
  classes_[id.index()] = {.shape = job.shape,
                          .estimate_bucket = by_age ? 0 : estimate_bucket_of(job.estimate),
                          .amount_milli = state.amount(shape, pool_, shape.tasks_min),
                          .may_borrow = may_borrow(job),
                          .expires = may_expire(job),
                          .jobs = 0,
                          .least_limit = job.time_limit};
}

bool PoolQueue::insert(const State& state, const Job& job, ClassId id, Stands stands) {
  if (id.index() >= classes_.size()) classes_.resize(id.index() + 1);
  if (id.index() / 64 >= words_) widen(id.index() / 64 + 1);
  JobClass& job_class = classes_[id.index()];
  const bool is_shortest = job_class.jobs == 0 || job.time_limit < job_class.least_limit;
  if (job_class.jobs == 0) describe(state, job, id);
  ++job_class.jobs;
  if (is_shortest) job_class.least_limit = job.time_limit;
  Leaf& leaf = leaves_[job.tenant.index()];
  if (leaf.turns) {
    leaf.turns->insert(id, job.user, entry_of(job));
  } else if (stands == Stands::apart) {
    set_apart(job, id);
  }
  if (leaf.unpaid.contains(id)) see_unpaid(job.tenant, id);
  if (!leaf.hidden.contains(id)) show(job.tenant, id.index() / 64, std::uint64_t{1} << id.index() % 64);
  return is_shortest;
}

void PoolQueue::erase(const Job& job, ClassId id, Stands stands) {
  Leaf& leaf = leaves_[job.tenant.index()];
  if (leaf.turns) {
    leaf.turns->erase(id, job.user, entry_of(job));
  } else if (stands == Stands::apart) {
    rejoin(job, id);
  }
  --classes_[id.index()].jobs;
  if (first_of(job.tenant, id) != nullptr) {
    if (leaf.unpaid.contains(id)) see_unpaid(job.tenant, id);  // whoever is first now may cost less
    return;
  }
  if (leaf.hidden.contains(id)) forget_hidden(leaf, id);
  conceal(job.tenant, id.index() / 64, std::uint64_t{1} << id.index() % 64);
}

// Nobody waits there any more. Whoever comes to be of the class is hidden for reasons of its own.
void PoolQueue::forget_hidden(Leaf& leaf, ClassId id) {
  leaf.hidden.erase(id);
  leaf.unpaid.erase(id);
  for (Wait& wait : leaf.waits) wait.classes.erase(id);
}

void PoolQueue::set_apart(const Job& job, ClassId id) {
  if (leaves_[job.tenant.index()].turns) return;
  apart_[{job.tenant, id}].insert(entry_of(job));
  has_apart_.insert(id);
}

void PoolQueue::rejoin(const Job& job, ClassId id) {
  if (leaves_[job.tenant.index()].turns) return;
  const auto there = apart_.find({job.tenant, id});
  there->second.erase(entry_of(job));
  if (there->second.empty()) apart_.erase(there);
  if (apart_.empty()) has_apart_.clear();
}

// In line or apart, whichever comes first.
const ClassQueue::Entry* PoolQueue::first_of(TenantId leaf, ClassId id) const {
  if (const auto& turns = leaves_[leaf.index()].turns) return turns->is_empty(id) ? nullptr : &turns->front(id);
  const ClassQueue* line = lines_->line(leaf, id);
  const ClassQueue::Entry* first = line == nullptr || line->empty() ? nullptr : &line->front();
  if (!has_apart_.contains(id)) return first;
  const auto apart = apart_.find({leaf, id});
  if (apart == apart_.end() || (first != nullptr && first->before(apart->second.front()))) return first;
  return &apart->second.front();
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

// `classes` are bits of that word. Above a tenant everything shows that shows there.
void PoolQueue::show(TenantId tenant, std::size_t word, std::uint64_t classes) {
  for (std::optional<TenantId> at = tenant; at; at = standings_[at->index()].parent) {
    if ((classes & ~row(*at)[word]) == 0) return;
    row(*at)[word] |= classes;
    note_whether_it_shows(*at, true);
  }
}

// Whether they show above the leaf is found out when somebody asks.
void PoolQueue::conceal(TenantId leaf, std::size_t word, std::uint64_t classes) {
  if ((row(leaf)[word] & classes) == 0) return;
  row(leaf)[word] &= ~classes;
  note_whether_it_shows(leaf);
  for (auto at = standings_[leaf.index()].parent; at && !stale_[at->index()]; at = standings_[at->index()].parent) {
    stale_[at->index()] = true;
  }
}

// O(children x words), of stale ones below it too. It ends with the first few children where these show all that was
// seen before.
void PoolQueue::unite_children(TenantId tenant) {
  stale_[tenant.index()] = false;
  const std::vector<TenantId>& children = (*tenants_)[tenant].children;
  for (const TenantId child : children) {
    if (stale_[child.index()]) unite_children(child);
  }
  for (std::size_t i = 0; i < words_; ++i) {
    std::uint64_t& before = row(tenant)[i];
    std::uint64_t now = 0;
    for (auto child = children.begin(); child != children.end() && now != before; ++child) now |= row(*child)[i];
    before = now;
  }
  note_whether_it_shows(tenant);
}

void PoolQueue::note_whether_it_shows(TenantId tenant) {
  note_whether_it_shows(tenant,
                        std::any_of(row(tenant), row(tenant) + words_, [](std::uint64_t word) { return word != 0; }));
}

void PoolQueue::note_whether_it_shows(TenantId tenant, bool shows) {
  if ((shows_[tenant.index()] != 0) == shows) return;
  shows_[tenant.index()] = shows;
  if (shows) {
    siblings_of(tenant).insert(tenant, in_order());
  } else {
    siblings_of(tenant).erase(tenant);
  }
}

SiblingOrder& PoolQueue::siblings_of(TenantId tenant) {
  const std::optional<TenantId> parent = standings_[tenant.index()].parent;
  return parent ? children_[parent->index()] : roots_;
}

// Among its siblings, after its standing has changed.
void PoolQueue::find_place(TenantId tenant) {
  if (shows_[tenant.index()] != 0) siblings_of(tenant).move(tenant, in_order());
}

void PoolQueue::loosen_order() {
  roots_.loosen();
  for (SiblingOrder& children : children_) children.loosen();
}

void PoolQueue::hide(TenantId tenant, ClassId id) {
  if (first_of(tenant, id) == nullptr) return;
  leaves_[tenant.index()].hidden.insert(id);
  conceal(tenant, id.index() / 64, std::uint64_t{1} << id.index() % 64);
}

void PoolQueue::unhide(TenantId tenant, ClassId id) {
  const std::uint64_t bit = std::uint64_t{1} << id.index() % 64;
  if (leaves_[tenant.index()].hidden.erase_word(id.index() / 64, bit) != 0) show(tenant, id.index() / 64, bit);
}

void PoolQueue::given_back(const State& state, const Job& job) {
  if (auto& turns = leaves_[job.tenant.index()].turns) {
    turns->set_account(job.user, state.user_usage().of({job.tenant, pool_, job.user}));
  }
  for (std::optional<TenantId> at = job.tenant; at; at = standings_[at->index()].parent) {
    standings_[at->index()].account = state.usage(*at, pool_);
    note_whether_it_borrows(*at);
    find_place(*at);
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
  std::erase_if(waiting_for_[tenant.index()], [&](TenantId waiting) {
    Leaf& leaf = leaves_[waiting.index()];
    const auto wait =
        std::find_if(leaf.waits.begin(), leaf.waits.end(), [&](const Wait& one) { return one.holder == tenant; });
    if (wait->least_milli > room) return false;
    for (std::size_t i = 0; i < wait->classes.word_count(); ++i) {
      if (const std::uint64_t seen = leaf.hidden.erase_word(i, wait->classes.word(i))) show(waiting, i, seen);
    }
    leaf.waits.erase(wait);
    return true;
  });
}

void PoolQueue::hold(const State& state, Time now, const Job& job, std::int64_t milli) {
  const std::int64_t weight = state.usage_clock().weight(now);
  if (auto& turns = leaves_[job.tenant.index()].turns) turns->hold(job.user, milli, weight);
  for (std::optional<TenantId> at = job.tenant; at; at = standings_[at->index()].parent) {
    standings_[at->index()].account.hold(milli, weight);
    note_whether_it_borrows(*at);
    find_place(*at);
  }
}

void PoolQueue::note_whether_it_borrows(TenantId tenant) {
  Standing& standing = standings_[tenant.index()];
  const bool borrows = standing.is_leaf && standing.account.held_milli > standing.guarantee_milli;
  if (borrows == standing.borrows) return;
  standing.borrows = borrows;
  borrows ? borrowing_.push_back(tenant) : static_cast<void>(std::erase(borrowing_, tenant));
}

void PoolQueue::set_time(const State& state, Time now) {
  if (state.usage_clock().epoch() != epoch_) {
    epoch_ = state.usage_clock().epoch();
    for (std::size_t t = 0; t < standings_.size(); ++t) {
      standings_[t].account = state.usage(id_of<TenantTag>(t), pool_);
      note_whether_it_borrows(id_of<TenantTag>(t));
      if (leaves_[t].turns) load_users(state, id_of<TenantTag>(t));
    }
    weighed_at_ = Time::never();
  }
  const Time at = std::max(end_of_minute(now), epoch_);
  if (at == weighed_at_) return;
  weighed_at_ = at;
  weight_ = state.usage_clock().weight(at);
  loosen_order();
  for (const auto& [account, leaves] : unpaid_) {
    for (const TenantId leaf : leaves) {
      if (takes_turns(leaf)) see_all_unpaid(leaf);  // others may be the first of their class
    }
  }
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

bool PoolQueue::shows_any(TenantId tenant, const ClassSet& among) const {
  const std::uint64_t* visible = row(tenant);
  for (std::size_t i = 0; i < words_; ++i) {
    if ((visible[i] & among.word(i)) != 0) return true;
  }
  return false;
}

bool PoolQueue::has_any(TenantId tenant, const ClassSet& among) {
  if (!shows_any(tenant, among)) return false;
  if (!stale_[tenant.index()]) return true;
  unite_children(tenant);
  return shows_any(tenant, among);
}

// Who turns out to show nothing leaves the order meanwhile.
std::optional<TenantId> PoolQueue::first_showing(SiblingOrder& siblings, const ClassSet& among) {
  siblings.tighten(in_order());
  for (std::size_t i = 0; i < siblings.size();) {
    const TenantId tenant = siblings[i];
    if (has_any(tenant, among)) return tenant;
    if (i < siblings.size() && siblings[i] == tenant) ++i;
  }
  return std::nullopt;
}

std::optional<PoolQueue::Candidate> PoolQueue::next(const ClassSet& among) {
  for (;;) {
    std::optional<TenantId> tenant = first_showing(roots_, among);
    if (!tenant) return std::nullopt;
    while (!(*tenants_)[*tenant].children.empty()) tenant = first_showing(children_[tenant->index()], among);
    if (const auto candidate = first_in(*tenant, among)) return candidate;
    pass_over(*tenant, among);
  }
}

// Calls it with the first job of each of these classes that the leaf's limits leave room for, and its account pays for.
template <class Function>
void PoolQueue::for_each_in(TenantId tenant, const ClassSet& among, Function&& function) {
  const std::int64_t room = narrowest(tenant).milli;
  const std::int64_t own = std::min(room, guaranteed_room(tenant));
  if (auto& turns = leaves_[tenant.index()].turns) turns->weigh(weight_);
  for (std::size_t i = 0; i < words_; ++i) {
    for_each_bit(row(tenant)[i] & among.word(i), [&](std::uint32_t bit) {
      const ClassId id = id_of<ClassTag>(i * 64 + bit);
      if (classes_[id.index()].amount_milli > (classes_[id.index()].may_borrow ? room : own)) return;
      if (credits_->is_in_use() && !may_be_had(tenant, id)) return;
      function(First{id, first_of(tenant, id)});
    });
  }
}

std::optional<PoolQueue::Candidate> PoolQueue::first_in(TenantId tenant, const ClassSet& among) {
  const Leaf& leaf = leaves_[tenant.index()];
  std::optional<First> best;
  for_each_in(tenant, among, [&](const First& first) {
    if (!best || comes_before(first, *best, leaf)) best = first;
  });
  if (!best) return std::nullopt;
  return Candidate{.tenant = tenant, .job_class = best->job_class, .job = best->entry->job};
}

// The same, all of them in order.
std::vector<PoolQueue::First> PoolQueue::all_in(TenantId tenant, const ClassSet& among) {
  std::vector<First> all;
  for_each_in(tenant, among, [&](const First& first) { all.push_back(first); });
  const Leaf& leaf = leaves_[tenant.index()];
  std::sort(all.begin(), all.end(), [&](const First& a, const First& b) { return comes_before(a, b, leaf); });
  return all;
}

// Whose first job goes first.
bool PoolQueue::comes_before(const First& a, const First& b, const Leaf& leaf) const {
  const ClassQueue::Entry& ours = *a.entry;
  const ClassQueue::Entry& theirs = *b.entry;
  if (ours.priority != theirs.priority) return ours.priority > theirs.priority;
  if (leaf.turns) {
    const Wide our_use = leaf.turns->usage_of_front(a.job_class);
    const Wide their_use = leaf.turns->usage_of_front(b.job_class);
    if (our_use != their_use) return our_use < their_use;
  }
  if (lines_->order() == LeafOrder::oldest) return ours.before(theirs);
  const JobClass& our_class = classes_[a.job_class.index()];
  const JobClass& their_class = classes_[b.job_class.index()];
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
  const std::int64_t room = std::min(narrowest(job.tenant).milli, credits_->room(job, pool_));
  return may_borrow(job) ? room : std::min(room, guaranteed_room(job.tenant));
}

std::int64_t PoolQueue::room_for(const Job& job, const std::map<TenantId, std::int64_t>& uncounted_milli,
                                 std::int64_t covered_milli) const {
  std::int64_t room = credits_->room(job, pool_);
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
  const Room room = narrowest(tenant);
  const TenantId narrow = room.holder;
  const std::int64_t own = std::min(room.milli, guaranteed_room(tenant));
  TenantId root = tenant;
  while (standings_[root.index()].parent) root = *standings_[root.index()].parent;
  Leaf& leaf = leaves_[tenant.index()];
  for (std::size_t i = 0; i < words_; ++i) {
    const std::uint64_t passed = row(tenant)[i] & among.word(i);
    for_each_bit(passed, [&](std::uint32_t bit) {
      const ClassId id = id_of<ClassTag>(i * 64 + bit);
      const JobClass& job_class = classes_[id.index()];
      if (job_class.amount_milli <= (job_class.may_borrow ? room.milli : own)) {
        leaf.unpaid.insert(id);
        unpaid_[*credits_->account_of(tenant)].insert(tenant);
        return;
      }
      Wait& wait = wait_for(tenant, job_class.may_borrow ? narrow : root);
      wait.least_milli = std::min(wait.least_milli, job_class.may_borrow ? job_class.amount_milli : any_room);
      wait.classes.insert(id);
    });
    leaf.hidden.insert_word(i, passed);
    conceal(tenant, i, passed);
  }
}

// Whether the account lets the first job of that class start.
bool PoolQueue::may_be_had(TenantId leaf, ClassId id) const {
  return credits_->room(state_->jobs()[first_of(leaf, id)->job], pool_) >= classes_[id.index()].amount_milli;
}

void PoolQueue::see_unpaid(TenantId leaf, ClassId id) {
  leaves_[leaf.index()].unpaid.erase(id);
  unhide(leaf, id);
}

void PoolQueue::see_all_unpaid(TenantId leaf) {
  ClassSet unpaid = std::exchange(leaves_[leaf.index()].unpaid, {});
  unpaid.for_each([&](ClassId id) { unhide(leaf, id); });
}

bool PoolQueue::show_who_is_paid(AccountId account) {
  const auto found = unpaid_.find(account);
  if (found == unpaid_.end()) return false;
  for (const TenantId leaf : found->second) see_all_unpaid(leaf);
  unpaid_.erase(found);
  return true;
}

PoolQueue::Wait& PoolQueue::wait_for(TenantId tenant, TenantId holder) {
  std::vector<Wait>& waits = leaves_[tenant.index()].waits;
  const auto found = std::find_if(waits.begin(), waits.end(), [&](const Wait& one) { return one.holder == holder; });
  if (found != waits.end()) return *found;
  waiting_for_[holder.index()].push_back(tenant);
  return waits.emplace_back(Wait{.holder = holder, .least_milli = no_limit, .classes = {}});
}

}  // namespace dure
