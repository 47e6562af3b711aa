// A place where the core, a model of it and a small engine meet: the loop, the state and the policy are the real ones,
// the model hears of every fact, and the policy can be exchanged for one made from the state alone.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dure/core/invariants.h"
#include "dure/policy/dure_policy.h"
#include "dure/runtime/loop.h"
#include "model.h"

namespace dure {

class Arena final : public Inbox, public Engine, public Journal, public Observer {
 public:
  Arena(FleetSpec fleet, TenantsSpec tenants, DureOptions options, Time start);

  // What happens next, when the loop turns.
  void tell(Change change) { arrived_.push_back(std::move(change)); }
  // A job of that id runs for so long, unless its limit comes first. Submits it.
  void submit(JobId id, JobSpec spec, Duration run_time);
  // Whatever holds the job: it is stopped, with that outcome, `after` the order or at its time limit.
  void stop(JobId id, Outcome outcome, Duration after);
  void lose(NodeId node);

  // Turns at the present time until there is nothing more to say, then checks.
  void settle();
  // Goes from event to event up to `until`.
  void advance(Time until);
  // The next instant at which anything happens by itself.
  std::optional<Time> next_event() const;
  // The policy forgets everything but the state.
  void exchange_policy();

  const State& state() const { return state_; }
  Time now() const { return now_; }
  const std::vector<Fact>& facts() const { return facts_; }
  const std::vector<std::string>& complaints() const { return complaints_; }
  std::uint64_t starts() const { return starts_; }
  std::uint64_t promises() const { return promises_; }
  const Model& model() const { return model_; }

  // What the engine does on a start: answers at once, later, or that it failed. Taken from the front; then `at_start`.
  enum class Answer { at_start, later, fails, keeps_failing };  // five times in a row
  std::map<JobId, Answer> answers;

  void drain(Time now, std::vector<Change>& out) override;
  void refused(std::size_t, const Change&, const Error&) override { ++refused_; }
  void execute(const State& state, std::span<const Decision> decisions) override;
  void append(const Fact& fact) override;
  void commit() override {}
  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State& state, bool) override { witness_.check_turn(state); }

 private:
  bool fails_to_start(JobId job);
  void complain(std::string what);
  void apply(Change change);

  DureOptions options_;
  Time now_;
  State state_;
  std::unique_ptr<DurePolicy> policy_;
  std::optional<Loop> loop_;
  Model model_;
  Invariants witness_;
  std::vector<Fact> facts_;
  std::vector<Change> arrived_;
  std::map<JobId, Duration> run_times_;
  std::map<JobId, std::pair<Time, Outcome>> ends_at_;
  std::map<JobId, Time> answers_at_;
  std::optional<Time> wakeup_;
  std::uint64_t refused_ = 0;
  std::uint64_t starts_ = 0;
  std::uint64_t promises_ = 0;
  std::vector<std::string> complaints_;
  std::size_t reported_ = 0;
};

}  // namespace dure
