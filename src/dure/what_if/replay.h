// The past once more: what came from outside comes again at its time, and the policy decides anew.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dure/core/state.h"
#include "dure/policy/policy.h"
#include "dure/runtime/loop.h"
#include "dure/runtime/ports.h"
#include "dure/what_if/ended_jobs.h"
#include "dure/what_if/made_up_engine.h"
#include "dure/what_if/past.h"
#include "dure/what_if/translation.h"
#include "dure/what_if/work_book.h"

namespace dure::what_if {

// Where a replay came to differ from the journal.
struct Departure {
  std::uint64_t fact = 0;  // the last of the journal's turn, or before the change
  Time time;
};

// As long as all is decided as the journal says, it makes the journal's turns and no others, and what engines reported
// is told again. From then on it wakes its policy when that asks for it, and the reports about a job whose orders
// differ are made up: docs/design/0026-what-if.md.
class Replay final : public Inbox, public Engine, public Observer {
 public:
  // `start` stands between two turns of the journal. `book` must outlive this object. With `translation` the journal's
  // ids are others; then changes must follow.
  Replay(State start, std::unique_ptr<Policy> policy, const WorkBook& book,
         std::unique_ptr<Translation> translation = nullptr);

  // Hears of all that happens from now on.
  void add_observer(Observer& observer);

  // Makes these changes at `now`, before any other turn. An error says what cannot be; then the replay is not to be
  // used. Requires now >= the state's time.
  Result<void> change(Time now, std::vector<Change> changes);
  // What happens until the journal's next turn, and that turn. An error, of this and the next, says that the policy
  // comes to no end of deciding at one instant; then the replay is not to be used.
  Result<void> follow(const PastTurn& turn);
  // What happens after its last, up to `until`.
  Result<void> go_on(Time until);

  const State& state() const { return state_; }
  // nullopt: nowhere.
  const std::optional<Departure>& departure() const { return departure_; }
  // What users, operators and nodes did that could not be any more.
  std::uint64_t passed_over() const { return passed_over_ + (translation_ ? translation_->left_out() : 0); }

  void drain(Time now, std::vector<Change>& out) override;
  void refused(std::size_t position, const Change& change, const Error& error) override;
  void execute(const State&, std::span<const Decision>) override {}
  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State&, bool) override {}

 private:
  // What was ordered and reported of a job, as a hash; 0: nothing yet.
  using Histories = std::unordered_map<JobId, std::uint64_t>;
  static void note(Histories& histories, JobId job, const Fact& fact);
  static std::uint64_t history_of(const Histories& histories, JobId job);
  bool is_as_it_was(JobId ours) const;

  bool has_answer(const PastTurn& past) const;
  void take_late(const PastTurn& past, bool has_answer);
  void ask_in_vain(Time now);
  void depart(std::uint64_t fact, Time time);
  void tell(const Fact& fact);
  bool is_decided(const Change& change) const;
  std::optional<JobId> ours_of(JobId journal) const;
  std::optional<Change> sayable(Change change);
  void take(const Fact& fact);
  void turn(Time now);
  void settle_touched();
  Time next_time() const;

  State state_;
  std::unique_ptr<Policy> policy_;
  std::unique_ptr<Translation> translation_;  // null: ids are the journal's
  MadeUpEngine engine_;
  EndedJobs ended_;
  NoJournal unkept_;
  Loop loop_;
  std::vector<Observer*> observers_;   // of others
  Histories journal_;                  // by the journal's ids
  Histories ours_;                     // by ours
  std::unordered_set<JobId> touched_;  // ours, of which something was ordered or reported in this turn
  std::vector<Fact> told_;             // of the journal's turn, to be taken by the loop
  std::vector<Change> again_;          // refused as they were, and to be tried in another way
  std::optional<Time> wakeup_;
  std::optional<Departure> departure_;
  std::optional<Error> refusal_;  // of a change
  bool is_changing_ = false;
  std::set<NodeId> decided_;  // ours, which the changes drain or resume: the journal does so no more
  std::uint64_t passed_over_ = 0;
};

}  // namespace dure::what_if
