#include "dure/policy/user_turns.h"

#include <utility>

namespace dure {

UserTurns::Class& UserTurns::class_of(ClassId id) {
  if (classes_.size() <= id.index()) classes_.resize(id.index() + 1);
  return classes_[id.index()];
}

// Requires that no turn of the queue is there.
void UserTurns::put(Class& job_class, Waiting& waiting, Wide usage) {
  waiting.turn = job_class.turns.insert({waiting.queue.front(), usage}).first;
  job_class.first = *job_class.turns.begin();
}

void UserTurns::take(Class& job_class, const Waiting& waiting) {
  job_class.turns.erase(waiting.turn);
  if (!job_class.turns.empty()) job_class.first = *job_class.turns.begin();
}

void UserTurns::insert(ClassId id, UserId user_id, const ClassQueue::Entry& entry) {
  User& user = users_[user_id];
  Class& job_class = class_of(id);
  Waiting& waiting = user.waiting[id];
  if (!waiting.queue.empty()) {
    if (waiting.queue.front().before(entry)) return waiting.queue.insert(entry);
    take(job_class, waiting);
  }
  waiting.queue.insert(entry);
  put(job_class, waiting, user.usage);
}

void UserTurns::erase(ClassId id, UserId user_id, const ClassQueue::Entry& entry) {
  const auto user = users_.find(user_id);
  const auto found = user->second.waiting.find(id);
  Waiting& waiting = found->second;
  const bool is_first = waiting.queue.front().job == entry.job;
  if (is_first) take(class_of(id), waiting);
  waiting.queue.erase(entry);
  if (waiting.queue.empty()) {
    user->second.waiting.erase(found);
    const UsageAccount& account = user->second.account;
    if (user->second.waiting.empty() && account.held_milli == 0 && account.base == 0) users_.erase(user);
  } else if (is_first) {
    put(class_of(id), waiting, user->second.usage);
  }
}

// Puts the user where it belongs by what it has used as of weight_.
void UserTurns::rank(UserId id, User& user) {
  if (user.account.held_milli != 0) {
    holders_.insert(id);
  } else {
    holders_.erase(id);
  }
  const Wide usage = user.account.usage(weight_);
  if (usage == user.usage) return;
  user.usage = usage;
  for (auto& [job_class_id, waiting] : user.waiting) {
    Class& job_class = classes_[job_class_id.index()];
    auto turn = job_class.turns.extract(waiting.turn);
    turn.value().usage = usage;
    waiting.turn = job_class.turns.insert(std::move(turn)).position;
    job_class.first = *job_class.turns.begin();
  }
}

void UserTurns::set_account(UserId id, const UsageAccount& account) {
  User& user = users_[id];
  user.account = account;
  rank(id, user);
}

void UserTurns::hold(UserId id, std::int64_t milli, std::int64_t weight) {
  User& user = users_[id];
  user.account.hold(milli, weight);
  rank(id, user);
}

// Who does not wait either is forgotten with it.
void UserTurns::clear_accounts() {
  for (auto& [id, user] : users_) {
    user.account = {};
    rank(id, user);
  }
  std::erase_if(users_, [](const auto& entry) { return entry.second.waiting.empty(); });
}

void UserTurns::weigh(std::int64_t weight) {
  if (weight == weight_) return;
  weight_ = weight;
  const std::set<UserId> holders = holders_;
  for (const UserId id : holders) rank(id, users_.at(id));
}

}  // namespace dure
