// The pending jobs of one pool, and who is next.
//
// Jobs of equal shape and similar time limit form a class. A leaf tenant keeps one queue per class; every tenant of the
// tree knows, as a bit set, which classes are waiting below it. Finding the next job among some classes is therefore a
// walk from the root along one path, whatever the number of pending jobs: O(sum of the fan-outs on the path).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "dure/base/ids.h"
#include "dure/core/state.h"

namespace dure {

using ClassId = Id<struct ClassTag>;

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
  std::uint64_t word(std::size_t i) const { return i < words_.size() ? words_[i] : 0; }
  std::size_t word_count() const { return words_.size(); }
  void clear() { words_.clear(); }
  void insert(const ClassSet& other) {
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }

 private:
  std::vector<std::uint64_t> words_;
};

// Jobs of one tenant and class, first to start first: by priority, then age, then id.
class ClassQueue {
 public:
  struct Entry {
    std::int32_t priority = 0;
    Time submitted;
    JobId job;
    bool before(const Entry& other) const {
      if (priority != other.priority) return priority > other.priority;
      return std::pair(submitted, job) < std::pair(other.submitted, other.job);
    }
  };

  bool empty() const { return head_ == entries_.size(); }
  const Entry& front() const { return entries_[head_]; }
  // O(1) for a job younger than all others, else O(n).
  void insert(const Entry& entry);
  // O(1) at the front, else O(n).
  void erase(const Entry& entry);

 private:
  std::vector<Entry> entries_;
  std::size_t head_ = 0;
};

// A class: what placement needs to know of its jobs.
struct JobClass {
  ShapeId shape;
  std::uint32_t limit_bucket = 0;  // time limits in (2^(bucket-1), 2^bucket] minutes
  std::uint64_t jobs = 0;          // waiting; 0: the place is free
  // No job of this class has a shorter time limit.
  Duration least_limit() const {
    return limit_bucket == 0 ? Duration{} : minutes(std::int64_t{1} << (limit_bucket - 1));
  }
};

class PoolQueue {
 public:
  struct Candidate {
    TenantId tenant;
    ClassId job_class;
    JobId job;
  };

  // Forgets everything and takes the tenants' standing from the state.
  void reset(const State& state, PoolId pool);

  ClassId insert(const State& state, const Job& job);
  ClassId erase(const State& state, const Job& job);

  // The next job in order of tenants, among the classes in `among` (all if nullptr), passing over what `hide` hid.
  std::optional<Candidate> next(const State& state, const ClassSet* among);

  // Passes over a tenant's class until `unhide`.
  void hide(const State& state, TenantId tenant, ClassId job_class);
  void unhide(const State& state, TenantId tenant, ClassId job_class);
  // Passes over it until `holder`, which is that tenant or one above it, has room for `amount_milli` under its limit.
  void hide_until_room(const State& state, TenantId tenant, ClassId job_class, TenantId holder, std::int64_t amount_milli);
  // What the tenant holds has changed for good: takes its standing from the state, along its path. If it holds less,
  // what waited for that is seen again.
  void standing_changed(const State& state, TenantId tenant, bool holds_less);
  // The same for a start that is about to become a fact, with the state as it was before.
  void hold(const State& state, Time now, TenantId tenant, std::int64_t milli);
  // The order uses usage as of this instant, until told again. O(tenants) after many half-lives, else O(1).
  void set_time(const State& state, Time now);
  // Whether `set_time(state, now)` could change the order.
  bool order_may_differ(const State& state, Time now) const;

  const JobClass& operator[](ClassId id) const { return classes_[id.index()]; }
  std::size_t class_bound() const { return classes_.size(); }
  std::int64_t held(TenantId tenant) const { return accounts_[tenant.index()].held_milli; }

 private:
  struct Leaf {
    std::vector<std::pair<ClassId, ClassQueue>> queues;  // by class; a tenant has few
    ClassSet hidden;
  };
  struct Hidden {
    TenantId tenant;
    ClassId job_class;
    std::int64_t amount_milli = 0;
  };

  static ClassQueue* find_queue(Leaf& leaf, ClassId id);
  static ClassQueue& queue_of(Leaf& leaf, ClassId id);
  ClassId class_of(const Job& job) const;
  ClassId take_class(const Job& job);
  void refresh_path(const State& state, TenantId tenant, ClassId job_class);
  bool comes_before(const State& state, TenantId a, TenantId b) const;
  bool has_any(TenantId tenant, const ClassSet* among) const;
  std::optional<TenantId> first_of(const State& state, std::span<const TenantId> siblings, const ClassSet* among) const;

  PoolId pool_;
  std::int64_t weight_ = 0;                       // of the instant by which usage is compared
  Time weighed_at_;
  Time epoch_;
  std::vector<UsageAccount> accounts_;            // by TenantId: the state's, plus starts about to become facts
  std::vector<ClassSet> visible_;                 // by TenantId: classes with jobs at or below it that are not hidden
  std::vector<std::vector<std::uint32_t>> showing_;  // by TenantId, ClassId: for how many of its children that is so
  std::vector<Leaf> leaves_;                      // by TenantId
  std::vector<std::vector<Hidden>> waiting_for_;  // by TenantId: hidden until it holds less
  std::vector<JobClass> classes_;                 // by ClassId
  std::vector<ClassId> free_classes_;
  std::map<std::pair<ShapeId, std::uint32_t>, ClassId> class_ids_;
};

}  // namespace dure
