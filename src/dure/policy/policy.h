// What every policy is: it reads the state and proposes. What it proposed becomes facts, applied by the same fold.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "dure/base/time.h"
#include "dure/core/fact.h"
#include "dure/core/state.h"

namespace dure {

using Decision =
    std::variant<StartOrdered, StopOrdered, ReservationMade, ReservationDropped, NodeDrained, NodesSwapped>;

inline Change to_change(Decision decision) {
  return std::visit([](auto& change) -> Change { return std::move(change); }, decision);
}

// One thread owns a policy. Its indices are derived from State and never reach the digest.
class Policy {
 public:
  virtual ~Policy() = default;

  // After each State::apply, with the state as it is then.
  virtual void observe(const State& state, const Fact& fact) = 0;
  // The same indices from nothing. Between turns a rebuilt policy plans what the running one plans.
  virtual void rebuild(const State& state) = 0;
  // Appends what should be done now, in order. The driver must turn every decision into a fact at once and in order,
  // before anything else happens: the policy may book it here already, and only take note when `observe` hears of it.
  virtual void plan(const State& state, Time now, std::vector<Decision>& out) = 0;
  // When plan() may have something new to say although nothing happened; `now` if at once.
  virtual std::optional<Time> next_wakeup(const State& state, Time now) const = 0;
};

}  // namespace dure
