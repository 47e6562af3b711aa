// A random world that counts credits, and what befalls it: the real loop, state and policy, a small engine that tells
// times by its own clock and sometimes late, and the nine rules (ledger_laws.h) at every fact.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dure/policy/dure_policy.h"
#include "dure/runtime/loop.h"
#include "ledger_laws.h"
#include "small_engine.h"
#include "storm.h"
#include "storm_world.h"

namespace dure {

struct LedgerStormReport {
  std::vector<std::string> complaints;
  std::uint64_t digest = 0;
  std::uint64_t facts = 0;
  std::uint64_t starts = 0;
  std::uint64_t ends = 0;
  std::uint64_t swaps = 0;
  std::uint64_t borrowed = 0;
  std::uint64_t notices = 0;
  std::uint64_t reduced = 0;
  std::uint64_t passed_on = 0;  // grants of what was taken back
  std::uint64_t lapsed = 0;
  std::uint64_t refunds = 0;
  std::uint64_t refused = 0;
  std::uint64_t loans = 0;
  std::uint64_t reclaims = 0;
  std::uint64_t crashes = 0;
  std::array<std::uint64_t, ledger::waivers> waived{};  // runs, by cause
  std::array<std::uint64_t, 10> checks{};               // by rule
};

class LedgerStorm final : public Inbox, public Engine, public Journal, public Observer {
 public:
  LedgerStorm(std::uint64_t seed, Restarts restarts);

  LedgerStormReport play(std::uint64_t blows);

  void drain(Time now, std::vector<Change>& out) override;
  void refused(std::size_t, const Change&, const Error&) override { ++report_.refused; }
  void execute(const State& state, std::span<const Decision> decisions) override;
  void append(const Fact& fact) override;
  void commit() override {}
  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State&, bool) override {}

 private:
  bool is_well() const { return laws_->complaints().empty() && report_.complaints.empty(); }
  void complain(std::string what) { report_.complaints.push_back(std::move(what)); }
  void tell(Change change) { arrived_.push_back(std::move(change)); }
  void declare(Change change);
  void befall();
  void befall_job();
  void befall_nodes();
  void open_window();
  void befall_estate();
  void submit();
  void lose(NodeId node);
  void stop(const Job& job, Outcome outcome);
  void by_its_own_clock(Ended& ended);
  void count(const ledger::Change& change);
  void settle();
  void compare_with_a_fresh_policy();
  std::optional<Time> next_event() const;
  void advance(Duration duration);
  void restart();
  void crash_anywhere();

  Random random_;
  Random other_;  // decides when to restart and to recount, so that the history is the same with and without
  Restarts restarts_;
  StormWorld world_;
  Time now_;
  State state_;
  std::unique_ptr<DurePolicy> policy_;
  std::optional<Loop> loop_;
  std::unique_ptr<LedgerLaws> laws_;
  SmallEngine engine_;
  std::vector<Change> arrived_;
  std::vector<std::pair<Time, Ended>> late_;  // that the engine has not told yet
  std::vector<Fact> facts_;
  std::optional<Time> wakeup_;
  std::uint32_t next_job_ = 1;
  LedgerStormReport report_;
};

}  // namespace dure
