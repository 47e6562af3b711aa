// The pending jobs of one pool, and who is next.
//
// Jobs of equal shape and similar time limit form a class. A leaf tenant keeps one queue per class, or one for each of
// its users who wait, where these take turns; every tenant of the
// tree knows, as a bit set, which classes are waiting below it. Finding the next job among some classes is therefore a
// walk from the root along one path, whatever the number of pending jobs: O(sum of the fan-outs on the path).
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "dure/base/ids.h"
#include "dure/core/state.h"
#include "dure/policy/class_queue.h"
#include "dure/policy/user_turns.h"

namespace dure {

// A set of classes. Grows as classes do.
class ClassSet {
 public:
  void insert(ClassId id) {
    if (id.index() / 64 >= words_.size()) words_.resize(id.index() / 64 + 1);
    words_[id.index() / 64] |= std::uint64_t{1} << id.index() % 64;
  }
  void erase(ClassId id) {
    if (id.index() / 64 < words_.size()) words_[id.index() / 64] &= ~(std::uint64_t{1} << id.index() % 64);
  }
  bool contains(ClassId id) const { return (word(id.index() / 64) >> id.index() % 64 & 1) != 0; }
  bool contains_all(const ClassSet& other) const {
    for (std::size_t i = 0; i < other.words_.size(); ++i) {
      if ((other.words_[i] & ~word(i)) != 0) return false;
    }
    return true;
  }
  std::uint64_t word(std::size_t i) const { return i < words_.size() ? words_[i] : 0; }
  void clear() { words_.clear(); }
  bool empty() const {
    return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
  }
  // Visits the members in ascending order.
  template <class Function>
  void for_each(Function&& function) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
        function(id_of<ClassTag>(i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
      }
    }
  }
  void insert(const ClassSet& other) {
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }

 private:
  std::vector<std::uint64_t> words_;
};

// What changes all the time, as usage does, is compared as of the end of this minute: so that a choice follows from the
// state and not from when it was asked, and so that what starts now counts at once. As of an earlier instant it would
// count for less than nothing.
Time end_of_minute(Time now);

// As many as a hundred years need in seconds, and one to spare.
constexpr std::size_t estimate_buckets = 34;

// Which of a leaf's jobs of one priority comes first.
enum class LeafOrder : std::uint8_t {
  oldest,    // the first submitted
  shortest,  // the least estimate, by powers of two of seconds; of those the widest, then the oldest
};

// A class: what placement needs to know of its jobs.
struct JobClass {
  ShapeId shape;
  std::uint32_t limit_bucket = 0;     // time limits in (2^(bucket-1), 2^bucket] minutes
  std::uint32_t estimate_bucket = 0;  // estimates in [2^bucket, 2^(bucket+1)) seconds; 0 if the order is by age
  std::int64_t amount_milli = 0;      // what the smallest width holds, in the pool's unit
  bool may_borrow = true;             // what others are guaranteed
  bool expires = false;               // its jobs end if they have not run by some time, each by its own
  std::uint64_t jobs = 0;             // waiting; 0: the place is free
  // No job of this class has a shorter time limit.
  Duration least_limit() const {
    return limit_bucket == 0 ? Duration{} : minutes(std::int64_t{1} << (limit_bucket - 1));
  }
};

// `reset` comes before anything else, and again when the state is another one.
class PoolQueue {
 public:
  struct Candidate {
    TenantId tenant;
    ClassId job_class;
    JobId job;
  };

  // Forgets everything and takes the tenants' standing from the state.
  void reset(const State& state, PoolId pool, LeafOrder order = LeafOrder::oldest);

  ClassId insert(const State& state, const Job& job);
  ClassId erase(const Job& job);
  // Requires that a job waits here that is as this one.
  ClassId class_of(const Job& job) const;

  // The next job in order of tenants, among the classes in `among`, that its tenants' limits leave room for. What they
  // leave no room for is passed over until somebody there holds less.
  std::optional<Candidate> next(const ClassSet& among);

  // Passes over a tenant's class until `unhide`.
  void hide(TenantId tenant, ClassId job_class);
  void unhide(TenantId tenant, ClassId job_class);

  // The job has given back what it held, and the state knows: takes the standing of its tenant, of those above it and
  // of its user from there. What waited for that is seen again.
  void given_back(const State& state, const Job& job);
  // So much more is being taken back for jobs of the tenant: no limit leaves it to others. Below zero: that much less.
  void claim(TenantId tenant, std::int64_t milli);
  // The job's tenant and user hold more, from `now` on.
  void hold(const State& state, Time now, const Job& job, std::int64_t milli);
  // The order uses usage as of this instant, until told again. O(tenants) after many half-lives, else O(1).
  void set_time(const State& state, Time now);
  // Whether `set_time(state, now)` could change the order.
  bool order_may_differ(const State& state, Time now) const;

  // Whether the first job of a class may be another one without any of its jobs having come or gone.
  bool takes_turns(TenantId leaf) const { return leaves_[leaf.index()].turns.has_value(); }
  bool takes_turns() const { return takes_turns_; }  // of any leaf

  bool has_guarantees() const { return has_guarantees_; }  // of any tenant
  // Whether jobs of any tenant evict each other by priority.
  bool preempts() const { return !preempting_.empty(); }
  // Visits the first job of each class of each leaf where they do, hidden or not. O(leaves x classes).
  template <class Function>
  void for_each_preempting_front(Function&& function) {
    for (const TenantId leaf : preempting_) {
      if (auto& turns = leaves_[leaf.index()].turns) turns->weigh(weight_);
      for (std::size_t i = 0; i < classes_.size(); ++i) {
        const ClassId id = id_of<ClassTag>(i);
        if (!leaves_[leaf.index()].is_empty(id)) function(leaf, id, leaves_[leaf.index()].front(id));
      }
    }
  }
  std::optional<ClassQueue::Entry> front(TenantId leaf, ClassId id) const {
    if (leaves_[leaf.index()].is_empty(id)) return std::nullopt;
    return leaves_[leaf.index()].front(id);
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
  // What they leave the job; of a job that may not borrow, also what the best of their guarantees does. O(depth).
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
    std::int64_t room() const { return limit_milli - account.held_milli - claimed_milli; }
  };
  struct Leaf {
    std::vector<ClassQueue> queues;              // by ClassId, as far as there have been jobs
    std::optional<UserTurns> turns;              // in place of these, where users take turns
    std::vector<std::optional<TenantId>> waits;  // by ClassId: whose list of the waiting it is on
    ClassSet hidden;

    bool is_empty(ClassId id) const {
      return turns ? turns->is_empty(id) : id.index() >= queues.size() || queues[id.index()].empty();
    }
    const ClassQueue::Entry& front(ClassId id) const { return turns ? turns->front(id) : queues[id.index()].front(); }
    void insert(ClassId id, const Job& job);
    void erase(ClassId id, const Job& job);
  };
  struct Waiting {
    TenantId tenant;
    ClassId job_class;
  };
  // How much a path leaves, and the tenant on it that leaves the least.
  struct Room {
    std::int64_t milli = no_limit;
    TenantId holder;
  };

  void load_users(const State& state, TenantId leaf);
  bool may_borrow(const Job& job) const { return job.grace() <= longest_grace_; }
  std::size_t kind_of(const Job& job) const;
  std::int64_t guaranteed_room(TenantId tenant) const;
  bool comes_before(ClassId a, ClassId b, const Leaf& leaf) const;
  ClassId take_class(const State& state, const Job& job);
  void refresh_path(TenantId tenant, ClassId job_class);
  bool shows(TenantId tenant, ClassId id) const {
    return (visible_[tenant.index() * words_ + id.index() / 64] >> id.index() % 64 & 1) != 0;
  }
  void widen(std::size_t words);
  bool comes_before(TenantId a, TenantId b) const;
  bool has_any(TenantId tenant, const ClassSet& among) const;
  std::optional<TenantId> first_of(std::span<const TenantId> siblings, const ClassSet& among) const;
  std::optional<Candidate> first_in(TenantId leaf, const ClassSet& among);
  Room narrowest(TenantId tenant) const;
  void show_who_has_room(TenantId tenant);
  void pass_over(TenantId leaf, const ClassSet& among);

  PoolId pool_;
  Duration longest_grace_;  // of jobs that may borrow
  LeafOrder order_ = LeafOrder::oldest;
  bool takes_turns_ = false;
  bool has_guarantees_ = false;
  std::vector<TenantId> preempting_;  // leaves
  const Tenants* tenants_ = nullptr;  // the state's, which outlive this
  std::int64_t weight_ = 0;           // of the instant by which usage is compared
  Time weighed_at_;
  Time epoch_;
  std::vector<Standing> standings_;     // by TenantId
  std::size_t words_ = 1;               // of each set of classes in visible_
  std::vector<std::uint64_t> visible_;  // by TenantId: classes with jobs at or below it that are not hidden
  std::vector<std::vector<std::uint32_t>> showing_;  // by TenantId, ClassId: for how many of its children that is so
  std::vector<Leaf> leaves_;                         // by TenantId
  std::vector<std::vector<Waiting>> waiting_for_;    // by TenantId: hidden until it leaves room
  std::vector<JobClass> classes_;                    // by ClassId
  std::vector<ClassId> free_classes_;
  std::vector<std::vector<std::pair<std::size_t, ClassId>>> class_ids_;  // by ShapeId: kinds, few of them
};

}  // namespace dure
