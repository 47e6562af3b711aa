// The one loop: the live server, the simulator and the tests run the same turn with different ports.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dure/base/result.h"
#include "dure/policy/policy.h"
#include "dure/runtime/ports.h"

namespace dure {

// One thread owns it. Everything passed in must outlive it.
class Loop {
 public:
  Loop(State& state, Policy& policy, Inbox& inbox, Journal& journal, Engine& engine)
      : state_(state), policy_(policy), inbox_(inbox), journal_(journal), engine_(engine) {}

  void add_observer(Observer& observer) { observers_.push_back(&observer); }

  // Drains the inbox, checks and applies what came, plans, applies the decisions, commits, and hands them to the
  // engine. Returns when the policy wants to be asked again though nothing happens. Requires now >= the state's time.
  std::optional<Time> turn(Time now);

  // Accepts one change without planning: what has happened while nobody looked, at its time. Durable with the next
  // turn. Requires now >= the state's time.
  Result<void> catch_up(Time now, Change change);

  std::uint64_t turn_count() const { return turns_; }
  std::uint64_t decision_count() const { return decision_count_; }

 private:
  void accept(Time now, Change change);
  void expire(Time now);

  State& state_;
  Policy& policy_;
  Inbox& inbox_;
  Journal& journal_;
  Engine& engine_;
  std::vector<Observer*> observers_;
  std::vector<Change> arrived_;
  std::vector<Decision> decisions_;
  std::uint64_t turns_ = 0;
  std::uint64_t decision_count_ = 0;
};

}  // namespace dure
