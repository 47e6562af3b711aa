// What the loop needs of the world. Live server, simulator and tests put different things behind them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/core/fact.h"
#include "dure/core/state.h"
#include "dure/policy/policy.h"

namespace dure {

// What came from outside since the last turn: users' requests and engines' reports, in order.
class Inbox {
 public:
  virtual ~Inbox() = default;
  // Appends what has arrived by `now`; a live inbox hands out a bounded number at a time.
  virtual void drain(Time now, std::vector<Change>& out) = 0;
  // The change at this position of what `drain` appended could not be accepted; nothing of it has happened.
  virtual void refused(std::size_t position, const Change& change, const Error& error) = 0;
  // Everything else of it was accepted, and is not durable yet.
  virtual void checked(Time) {}
};

// Where facts become durable.
class Journal {
 public:
  virtual ~Journal() = default;
  // Called before the fact is applied.
  virtual void append(const Fact& fact) = 0;
  // Returns when everything appended is durable.
  virtual void commit() = 0;
};

// Who starts and stops work. Told of decisions only when they are durable; deduplicates on the job and its attempt.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual void execute(const State& state, std::span<const Decision> decisions) = 0;
};

// Hears of every fact after it was applied, and of the end of every turn. For checks and for measurements.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_fact(const State& state, const Fact& fact) = 0;
  // `is_settled`: the policy does not ask for another turn at this instant.
  virtual void on_turn(const State& state, bool is_settled) = 0;
};

// A journal that keeps nothing, for simulations that can be run again.
class NoJournal final : public Journal {
 public:
  void append(const Fact&) override {}
  void commit() override {}
};

}  // namespace dure
