// Who is next in one pool, of the jobs that wait.
//
// They stand in lines, one for each leaf tenant and class (waiting_lines.h), or one for each of the leaf's users who
// wait, where these take turns. Every tenant of the tree knows, as a bit set, which classes are waiting below it.
// Finding the next job among some classes is therefore a walk from the root along one path, whatever the number of
// pending jobs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "dure/base/ids.h"
#include "dure/core/state.h"
#include "dure/policy/class_queue.h"
#include "dure/policy/class_set.h"
#include "dure/policy/credit_book.h"
#include "dure/policy/sibling_order.h"
#include "dure/policy/user_turns.h"
#include "dure/policy/waiting_lines.h"

namespace dure {

// What changes all the time, as usage does, is compared as of the end of this minute: so that a choice follows from the
// state and not from when it was asked, and so that what starts now counts at once. As of an earlier instant it would
// count for less than nothing.
Time end_of_minute(Time now);

// A class: what placement in a pool needs to know of its jobs.
struct JobClass {
  ShapeId shape;
  std::uint32_t estimate_bucket = 0;
  std::int64_t amount_milli = 0;  // what the smallest width holds, in the pool's unit
  bool may_borrow = true;         // what others are guaranteed
  bool expires = false;           // its jobs end if they have not run by some time, each by its own
  std::uint64_t jobs = 0;         // waiting here
  Duration least_limit;           // no job of this class that waits here has a shorter time limit
};

// `reset` comes before anything else, and again when the state is another one.
class PoolQueue {
 public:
  struct Candidate {
    TenantId tenant;
    ClassId job_class;
    JobId job;
  };

  // Forgets everything and takes the tenants' standing from the state. `lines` and `credits` must outlive what follows.
  void reset(const State& state, PoolId pool, const WaitingLines& lines, const CreditBook& credits);

  // Requires that the job may start here, that `lines` gave it this class, and that it stands in line already if it is
  // said to. Returns whether its time limit is the shortest of its class, as that of the first is. O(depth) where the
  // class is new to its leaf, else O(1); O(log jobs apart) for who stands apart.
  bool insert(const State& state, const Job& job, ClassId id, Stands stands);
  // Requires that it has left the line already. O(depth) for the last of a class in its leaf, else as `insert`.
  void erase(const Job& job, ClassId id, Stands stands);
  // It has stepped out of its line, or back in, and goes on waiting here. O(log jobs apart).
  void set_apart(const Job& job, ClassId id);
  void rejoin(const Job& job, ClassId id);

  // The next job in order of tenants, among the classes in `among`, that its tenants' limits leave room for and that
  // its account pays for. What they leave no room for is passed over until somebody there holds less; what is not paid
  // for, until the account has more (`show_who_is_paid`). O(sum over the path of siblings who come first
  // and have none among these; each x classes / 64, and + classes of the leaf), and once more for each leaf that is
  // passed over. The first time in a minute siblings who show something are put in order.
  std::optional<Candidate> next(const ClassSet& among);
  // Visits the same jobs as would `next` if each were hidden in turn, as long as `visit` says so: it hides nothing, and
  // `visit` changes nothing before it says no. O(tenants with jobs among these + such classes of each).
  template <class Visit>
  void visit_in_order(const ClassSet& among, Visit&& visit) {
    visit_below(roots_, among, visit);
  }
  // Whether such a job of the tenant, or of one below it, shows, room or none. O(classes / 64), amortised.
  bool has_any(TenantId tenant, const ClassSet& among);

  // Passes over a tenant's class until `unhide`.
  void hide(TenantId tenant, ClassId job_class);
  void unhide(TenantId tenant, ClassId job_class);

  // The job has given back what it held, and the state knows: takes the standing of its tenant, of those above it and
  // of its user from there. What waited for that is seen again.
  void given_back(const State& state, const Job& job);
  // So much more is being taken back for jobs of the tenant: no limit leaves it to others. Below zero: that much less.
  void claim(TenantId tenant, std::int64_t milli);
  // The account has more to spend: looks again at those who waited for that. Returns whether there are any.
  bool show_who_is_paid(AccountId account);
  // The job's tenant and user hold more, from `now` on.
  void hold(const State& state, Time now, const Job& job, std::int64_t milli);
  // The order uses usage as of this instant, until told again. O(tenants) after many half-lives, else O(1).
  void set_time(const State& state, Time now);
  // Whether `set_time(state, now)` could change the order.
  bool order_may_differ(const State& state, Time now) const;

  // Whether the first job of a class may be another one without any of its jobs having come or gone.
  bool takes_turns(TenantId leaf) const { return leaves_[leaf.index()].turns.has_value(); }
  bool takes_turns() const { return takes_turns_; }  // of any leaf

  bool has_guarantees() const { return !guaranteed_.empty(); }  // of any tenant
  const std::vector<TenantId>& guaranteed() const { return guaranteed_; }
  // The leaves that hold more than is guaranteed to them, in no order.
  const std::vector<TenantId>& borrowing() const { return borrowing_; }
  // Whether jobs of any tenant evict each other by priority.
  bool preempts() const { return !preempting_.empty(); }
  // Visits the first job of each class of each leaf where they do, hidden or not. O(leaves x classes).
  template <class Function>
  void for_each_preempting_front(Function&& function) {
    for (const TenantId leaf : preempting_) {
      if (auto& turns = leaves_[leaf.index()].turns) turns->weigh(weight_);
      for (std::size_t i = 0; i < classes_.size(); ++i) {
        const ClassId id = id_of<ClassTag>(i);
        if (const auto first = front(leaf, id)) function(leaf, id, *first);
      }
    }
  }
  std::optional<ClassQueue::Entry> front(TenantId leaf, ClassId id) const {
    const ClassQueue::Entry* first = classes_[id.index()].jobs == 0 ? nullptr : first_of(leaf, id);
    return first == nullptr ? std::nullopt : std::optional(*first);
  }

  const JobClass& operator[](ClassId id) const { return classes_[id.index()]; }
  // Whether the tenant and those below it have used, for its weight, at most half of what the other and those below
  // that one have, who have used something.
  bool has_used_at_most_half(TenantId tenant, TenantId other) const;
  // What the tenant and those below it hold, with what is about to start, in the pool's unit.
  std::int64_t held(TenantId tenant) const { return standings_[tenant.index()].account.held_milli; }
  // What is being taken back for jobs that wait, of the tenant and those below it.
  std::int64_t claimed(TenantId tenant) const { return standings_[tenant.index()].claimed_milli; }
  // What the limits of the tenant and of those above it leave it beside what is held and claimed, in the pool's unit;
  // `no_limit` without one.
  std::int64_t room(TenantId tenant) const { return narrowest(tenant).milli; }
  // What its account pays for, of the job.
  std::int64_t paid_room(const Job& job) const { return credits_->paid_room(job, pool_); }
  // What all these leave the job; of a job that may not borrow, also what the best of their guarantees does. O(depth +
  // open lots).
  std::int64_t room_for(const Job& job) const;
  // The same without so much of what is being taken back, by tenant with all below it. `covered_milli` was within a
  // guarantee when it was claimed, and is so whatever the tenant has borrowed since.
  std::int64_t room_for(const Job& job, const std::map<TenantId, std::int64_t>& uncounted_milli,
                        std::int64_t covered_milli) const;

 private:
  // A tenant in this pool: what the walk reads, side by side.
  struct Standing {
    UsageAccount account;  // the state's, plus starts about to become facts
    std::int64_t claimed_milli = 0;
    std::int64_t guarantee_milli = 0;
    std::int64_t limit_milli = no_limit;
    std::uint32_t weight = 1;
    bool is_lent_to = false;
    std::optional<TenantId> parent;
    bool is_leaf = false;
    bool borrows = false;  // it is in borrowing_
    std::int64_t room() const { return limit_milli - account.held_milli - claimed_milli; }
  };
  // Classes of a leaf that are hidden until somebody on its path leaves them room.
  struct Wait {
    TenantId holder;
    std::int64_t least_milli = 0;  // no less is worth a look
    ClassSet classes;
  };
  struct Leaf {
    std::optional<UserTurns> turns;  // in place of its lines, where users take turns
    ClassSet hidden;                 // of those that have jobs
    std::vector<Wait> waits;         // one for each holder, of those on the path
    ClassSet unpaid;                 // hidden until the account has more to spend
  };
  // How much a path leaves, and the tenant on it that leaves the least.
  struct Room {
    std::int64_t milli = no_limit;
    TenantId holder;
  };

  void load_users(const State& state, TenantId leaf);
  bool may_borrow(const Job& job) const { return job.grace() <= longest_grace_; }
  std::int64_t guaranteed_room(TenantId tenant) const;
  // The first job of a class.
  struct First {
    ClassId job_class;
    const ClassQueue::Entry* entry;
  };
  const std::vector<TenantId>& children_of(TenantId tenant) const { return (*tenants_)[tenant].children; }
  bool comes_before(const First& a, const First& b, const Leaf& leaf) const;
  bool may_be_had(TenantId leaf, ClassId id) const;
  void see_unpaid(TenantId leaf, ClassId id);
  void see_all_unpaid(TenantId leaf);
  void describe(const State& state, const Job& job, ClassId id);
  static void forget_hidden(Leaf& leaf, ClassId id);
  // Of a class that may start here. Nullptr: none waits.
  const ClassQueue::Entry* first_of(TenantId leaf, ClassId id) const;
  std::uint64_t* row(TenantId tenant) { return &visible_[tenant.index() * words_]; }
  const std::uint64_t* row(TenantId tenant) const { return &visible_[tenant.index() * words_]; }
  void show(TenantId tenant, std::size_t word, std::uint64_t classes);
  void conceal(TenantId leaf, std::size_t word, std::uint64_t classes);
  void unite_children(TenantId tenant);
  void widen(std::size_t words);
  bool comes_before(TenantId a, TenantId b) const;
  bool shows_any(TenantId tenant, const ClassSet& among) const;
  void note_whether_it_shows(TenantId tenant);
  SiblingOrder& siblings_of(TenantId tenant);
  void note_whether_it_shows(TenantId tenant, bool shows);
  void find_place(TenantId tenant);
  void loosen_order();
  auto in_order() const {
    return [this](TenantId a, TenantId b) { return comes_before(a, b); };
  }
  std::optional<TenantId> first_showing(SiblingOrder& siblings, const ClassSet& among);
  std::optional<Candidate> first_in(TenantId leaf, const ClassSet& among);
  Room narrowest(TenantId tenant) const;
  void show_who_has_room(TenantId tenant);
  void pass_over(TenantId leaf, const ClassSet& among);
  template <class Visit>
  bool visit_below(SiblingOrder& siblings, const ClassSet& among, Visit& visit);
  std::vector<First> all_in(TenantId leaf, const ClassSet& among);
  template <class Function>
  void for_each_in(TenantId leaf, const ClassSet& among, Function&& function);
  void note_whether_it_borrows(TenantId tenant);
  Wait& wait_for(TenantId leaf, TenantId holder);

  PoolId pool_;
  Duration longest_grace_;  // of jobs that may borrow
  bool takes_turns_ = false;
  std::vector<TenantId> preempting_;     // leaves
  std::vector<TenantId> guaranteed_;     // anything
  std::vector<TenantId> borrowing_;      // leaves
  const Tenants* tenants_ = nullptr;     // the state's, which outlive this
  const WaitingLines* lines_ = nullptr;  // likewise
  const CreditBook* credits_ = nullptr;  // likewise
  const State* state_ = nullptr;         // likewise
  std::int64_t weight_ = 0;              // of the instant by which usage is compared
  Time weighed_at_;
  Time epoch_;
  std::vector<Standing> standings_;  // by TenantId
  std::size_t words_ = 1;            // of each set of classes in visible_
  // By TenantId: classes with jobs at or below it that are not hidden, and maybe others if it is stale.
  std::vector<std::uint64_t> visible_;
  std::vector<std::uint8_t> stale_;     // by TenantId; whoever is above one that is stale is so too
  std::vector<std::uint8_t> shows_;     // by TenantId: it has visible classes, and is in its order
  std::vector<SiblingOrder> children_;  // by TenantId
  SiblingOrder roots_;
  std::vector<Leaf> leaves_;                                  // by TenantId
  std::vector<std::vector<TenantId>> waiting_for_;            // by TenantId: leaves with a Wait for it
  std::map<AccountId, std::set<TenantId>> unpaid_;            // leaves with classes that their account does not pay for
  std::vector<JobClass> classes_;                             // by ClassId
  std::map<std::pair<TenantId, ClassId>, ClassQueue> apart_;  // who stands apart, by leaf; no queue is empty
  ClassSet has_apart_;                                        // the classes in it, and maybe others
};

template <class Visit>
bool PoolQueue::visit_below(SiblingOrder& siblings, const ClassSet& among, Visit& visit) {
  siblings.tighten(in_order());
  for (std::size_t i = 0; i < siblings.size();) {
    const TenantId tenant = siblings[i];
    const bool shows = has_any(tenant, among);
    if (shows && !children_of(tenant).empty()) {
      if (!visit_below(children_[tenant.index()], among, visit)) return false;
    } else if (shows) {
      for (const First& first : all_in(tenant, among)) {
        if (!visit(Candidate{tenant, first.job_class, first.entry->job})) return false;
      }
    }
    // Who turns out to show nothing leaves the order meanwhile.
    if (i < siblings.size() && siblings[i] == tenant) ++i;
  }
  return true;
}

}  // namespace dure
