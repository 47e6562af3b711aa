// The jobs of a leaf in one pool whose users take turns: of one priority, those of the user go first who has used least
// of late for what is compared, and of one user the oldest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/policy/class_queue.h"
#include "dure/tenancy/usage.h"

namespace dure {

// A user has a queue for each class in which it waits, and a class the first of each of these, in order. When what a
// user has used changes, it is put in its place in each of its classes; those who hold nothing keep theirs as time
// passes. Memory: some 250 bytes for each user and class that wait, beside the jobs.
class UserTurns {
 public:
  bool is_empty(ClassId id) const { return id.index() >= classes_.size() || classes_[id.index()].turns.empty(); }
  // The first job of the class, and what its user has used. Requires that one waits.
  const ClassQueue::Entry& front(ClassId id) const { return classes_[id.index()].first.entry; }
  Wide usage_of_front(ClassId id) const { return classes_[id.index()].first.usage; }

  // O(log users) beside what the queue of one user takes.
  void insert(ClassId id, UserId user, const ClassQueue::Entry& entry);
  void erase(ClassId id, UserId user, const ClassQueue::Entry& entry);

  // What the user holds and has used. O(classes in which it waits x log users).
  void set_account(UserId user, const UsageAccount& account);
  void hold(UserId user, std::int64_t milli, std::int64_t weight);
  // Nobody has used anything, until told. O(users log users).
  void clear_accounts();
  // Compares usage as of the instant of that weight. O(users who hold something) if it is another one, else O(1).
  void weigh(std::int64_t weight);

 private:
  struct Turn {
    ClassQueue::Entry entry;
    Wide usage = 0;
    bool operator<(const Turn& other) const {
      if (entry.priority != other.entry.priority) return entry.priority > other.entry.priority;
      return usage != other.usage ? usage < other.usage : entry.before(other.entry);
    }
  };

  using Turns = std::set<Turn>;
  struct Class {
    Turns turns;  // the first job of each user
    Turn first;   // of these; meaningful if there is one. The walk compares many classes: it need not look it up
  };
  struct Waiting {
    ClassQueue queue;
    Turns::iterator turn;  // its own, of the class
  };
  struct User {
    UsageAccount account;
    Wide usage = 0;  // of the account, as of weight_
    std::map<ClassId, Waiting> waiting;
  };

  void rank(UserId id, User& user);
  Class& class_of(ClassId id);
  static void put(Class& job_class, Waiting& waiting, Wide usage);
  static void take(Class& job_class, const Waiting& waiting);

  std::int64_t weight_ = 0;
  std::map<UserId, User> users_;
  std::set<UserId> holders_;
  std::vector<Class> classes_;  // by ClassId
};

}  // namespace dure
