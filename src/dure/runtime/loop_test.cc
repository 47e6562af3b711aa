#include "dure/runtime/loop.h"

#include <gtest/gtest.h>

#include <string>

#include "dure/policy/dure_policy.h"

namespace dure {
namespace {

// Every port of the loop; writes down in which order it is called.
struct Ports final : Inbox, Engine, Journal, Observer {
  State state;
  DurePolicy policy{{}};
  Loop loop{state, policy, *this, *this, *this};
  std::vector<Change> arriving;
  std::string log;

  Ports() {
    loop.add_observer(*this);
    arriving = {
        FleetDeclared{
            {.name = "f", .sites = {{.name = "s", .pools = {{.name = "p", .gpu_model = "X", .gpus_per_node = 4}}}}}},
        TenantsDeclared{{.roots = {{.name = "a"}}}}, UserDeclared{UserId{0}, "kim"}};
    loop.turn(Time{});
    log.clear();
  }
  void submit(std::uint32_t id, std::int64_t gpus) {
    arriving.push_back(
        JobSubmitted{JobId{id}, {.shape = {.per_task = {.gpu_milli = gpus * whole}}, .time_limit = hours(1)}});
  }
  void drain(Time, std::vector<Change>& out) override { log += "drain ", out = std::move(arriving), arriving.clear(); }
  void refused(std::size_t, const Change&, const Error& error) override { log += "refused(" + error.message + ") "; }
  void append(const Fact& fact) override {
    EXPECT_EQ(facts, state.fact_count()) << "a fact is written down before it is applied";
    log += std::holds_alternative<StartOrdered>(fact.change) ? "append(start) " : "append ";
    ++facts;
  }
  void commit() override { log += "commit "; }
  void execute(const State&, std::span<const Decision> decisions) override {
    log += "execute" + std::to_string(decisions.size()) + " ";
  }
  void on_fact(const State& state_then, const Fact&) override {
    EXPECT_EQ(facts, state_then.fact_count());
    log += "fact ";
  }
  void on_turn(const State&, bool) override { log += "turn "; }
  std::uint64_t facts = 0;
};

TEST(Loop, DecisionsAreDurableBeforeTheEngineHearsOfThem) {
  Ports ports;
  ports.submit(1, 4);
  ports.loop.turn(Time{} + seconds(1));
  EXPECT_EQ(ports.log, "drain append fact append(start) fact commit execute1 turn ");
  EXPECT_EQ(ports.loop.decision_count(), 1u);
}

TEST(Loop, WhatIsRefusedNeverHappened) {
  Ports ports;
  const std::uint64_t digest = ports.state.digest();
  ports.submit(1, 5);
  ports.loop.turn(Time{} + seconds(1));
  EXPECT_EQ(ports.log, "drain refused(larger than the fleet) commit execute0 turn ");
  EXPECT_EQ(ports.state.digest(), digest);
}

TEST(Loop, AnswersWhenThePolicyWantsToBeAskedAgain) {
  Ports ports;
  EXPECT_EQ(ports.loop.turn(Time{}), std::nullopt);
  ports.submit(1, 4);
  ports.submit(2, 4);
  EXPECT_EQ(ports.loop.turn(Time{} + seconds(1)), Time{} + seconds(1) + hours(1));
  EXPECT_EQ(ports.loop.turn_count(), 3u);
}

}  // namespace
}  // namespace dure
