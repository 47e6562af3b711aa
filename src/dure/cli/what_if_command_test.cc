#include "dure/cli/what_if_command.h"

#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "dure/base/test_folder.h"
#include "dure/cli/answer.h"
#include "dure/cli/test_console.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/policy/dure_policy.h"
#include "dure/runtime/loop.h"
#include "dure/server/config.h"
#include "dure/world/world.h"

namespace dure::cli {
namespace {

// For a day, from 2026-01-01 on, a job every ten minutes, in turn of each tenant, that fills one of the two nodes for
// almost twenty.
class DayOfWork final : public JobSource {
 public:
  std::optional<SourcedJob> next() override {
    if (number_ == 144) return std::nullopt;
    const JobSpec spec{.name = "job",
                       .tenant = TenantId{number_ % 2},
                       .user = UserId{0},
                       .shape = {.per_task = {.gpu_milli = 8000, .cpu_milli = 1000}},
                       .time_limit = hours(1)};
    return SourcedJob{
        .submit = begin + minutes(10) * number_++, .spec = spec, .run_time = minutes(19), .source_id = ""};
  }
  std::uint64_t total() const override { return 144; }

  static constexpr Time begin = Time{} + days(20'454);

 private:
  std::uint32_t number_ = 0;
};

class WhatIf : public testing::Test {
 protected:
  void SetUp() override {
    auto journal = SqliteJournal::open(folder_.path() / "data").value();
    State state;
    DayOfWork work;
    World world(work, state, {});
    DurePolicy policy(server::default_policy);
    policy.rebuild(state);
    journal->follow(state);
    Loop loop(state, policy, world, *journal, world);
    ASSERT_TRUE(loop.catch_up(DayOfWork::begin, FleetDeclared{fleet(2)}));
    ASSERT_TRUE(loop.catch_up(DayOfWork::begin, TenantsDeclared{tenants()}));
    ASSERT_TRUE(loop.catch_up(DayOfWork::begin, UserDeclared{UserId{0}, "kim"}));
    std::optional<Time> wakeup;
    while (const auto next = earlier(world.next_time(), wakeup)) wakeup = loop.turn(std::max(*next, state.now()));
  }
  static std::optional<Time> earlier(std::optional<Time> a, std::optional<Time> b) {
    return a && b ? std::min(*a, *b) : a ? a : b;
  }
  static FleetSpec fleet(std::uint32_t nodes) {
    const PoolSpec pool{
        .name = "p", .gpu_model = "X", .gpus_per_node = 8, .cpu_milli = 64'000, .nodes_per_rack = nodes};
    return {.name = "f", .sites = {{.name = "s", .pools = {pool}}}};
  }
  static TenantsSpec tenants() {
    return {.roots = {{.name = "a", .quotas = {{.pool = "s/p", .guarantee_milli = 8000}}}, {.name = "b"}}};
  }

  // The answer to changes; what is refused is a failure of the test.
  Answer ask(const std::string& changes, WhatIfArguments arguments = {.at = "20h"}) {
    arguments.json = true;
    TestConsole screen;
    const auto code = run(changes, arguments, screen);
    EXPECT_TRUE(code) << code.error().message;
    return Answer::parse(screen.out()).value();
  }
  std::string refusal(const std::string& changes, const WhatIfArguments& arguments = {.at = "20h"}) {
    TestConsole screen;
    const auto code = run(changes, arguments, screen);
    EXPECT_FALSE(code) << screen.out();
    return code ? "" : code.error().message;
  }
  Result<int> run(const std::string& changes, WhatIfArguments arguments, const TestConsole& screen) {
    arguments.file = (folder_.path() / "changes.yaml").string();
    if (arguments.data.empty()) arguments.data = (folder_.path() / "data").string();
    std::ofstream(arguments.file) << changes;
    return what_if(arguments, screen.console);
  }
  // Changed minus present.
  static double difference(const Answer& answer, const std::string& tenant, const std::string& figure) {
    for (const Answer& row : answer["differences"].items()) {
      if (row["tenant"].text() != tenant || row["figure"].text() != figure) continue;
      return row["changed"].number() - row["present"].number();
    }
    ADD_FAILURE() << "there is no " << figure << " of " << tenant;
    return 0;
  }

  TempFolder folder_;
};

constexpr const char* drain_one = "drain: [s-p-b01-r01-n2]\n";

// One is enough for what is guaranteed to `a`.
TEST_F(WhatIf, HalfTheNodesAreTakenFromWhoHasNoGuaranteeAndHarmIsToldFirst) {
  const Answer answer = ask(drain_one);
  EXPECT_FALSE(answer["departure"]["fact"].exists()) << "without changes it comes out otherwise";
  EXPECT_GT(difference(answer, "b", "reclaimed"), 0);
  EXPECT_GT(difference(answer, "b", "lost_hours"), 0);
  EXPECT_GT(difference(answer, "b", "still_waiting"), 40);
  EXPECT_LT(difference(answer, "b", "held_hours"), -50);
  EXPECT_EQ(difference(answer, "a", "started"), 0);
  EXPECT_EQ(difference(answer, "a", "missed_guarantees"), 0);
  TestConsole screen;
  ASSERT_TRUE(run(drain_one, {.at = "20h"}, screen));
  const std::string text = screen.out();
  EXPECT_LT(text.find("evictions"), text.find("still waiting")) << text;
  EXPECT_LT(text.find("still waiting"), text.find("hours held")) << text;
}

TEST_F(WhatIf, WhoIsOwedRoomAndDoesNotGetItInTimeIsCounted) {
  const Answer answer = ask(std::string(drain_one) + "policy: {reclaim: false}\n");
  EXPECT_GT(difference(answer, "a", "missed_guarantees"), 20);
  EXPECT_EQ(difference(answer, "b", "missed_guarantees"), 0);
  EXPECT_EQ(difference(answer, "", "evictions"), 0);
}

TEST_F(WhatIf, WhatChangesNothingMakesNoDifference) {
  TestConsole screen;
  ASSERT_TRUE(run("policy: {reservations: 4}\n", {.at = "20h"}, screen));
  EXPECT_NE(screen.out().find("nothing would come out otherwise"), std::string::npos) << screen.out();
  ASSERT_TRUE(run("resume: [s-p-b01-r01-n2]\n", {.at = "20h"}, screen));
}

TEST_F(WhatIf, DemandIsMultipliedForTheTenantThatIsNamed) {
  const Answer answer = ask("demand: {a: 2}\n", {.at = "20h", .until = "10h"});
  EXPECT_GT(difference(answer, "b", "median_wait_s"), 600);
  EXPECT_NEAR(difference(ask("demand: {a: 0}\n"), "b", "started"), 0, 1);
  EXPECT_LT(difference(ask("demand: {a: 0}\n"), "a", "started"), -50);
}

TEST_F(WhatIf, AGuaranteeForTheOtherTenantIsServed) {
  const Answer answer =
      ask("demand: {a: 2, b: 2}\n"
          "tenants: [{name: a}, {name: b, guarantee: {s/p: 16}}]\n");
  EXPECT_GT(difference(answer, "a", "evictions"), 0);
  EXPECT_GT(difference(answer, "a", "median_wait_s"), difference(answer, "b", "median_wait_s"));
}

TEST_F(WhatIf, AFleetOfTwiceAsManyNodesShortensWaits) {
  const std::string twice = "demand: {a: 2, b: 2}\n";
  const std::string four =
      "fleet: {fleet: f, sites: [{name: s, pools: [{name: p, gpu: {model: X, per_node: 8}, "
      "node: {cpus: 64, memory: 64Gi}, topology: {blocks: 2, racks_per_block: 1, nodes_per_rack: 2}}]}]}\n";
  EXPECT_GT(difference(ask(twice), "a", "p90_wait_s"), 3600);
  const Answer answer = ask(four + twice);
  EXPECT_EQ(difference(answer, "a", "p90_wait_s"), 0);
  EXPECT_GT(difference(answer, "", "started"), 100);
}

TEST_F(WhatIf, BeyondTheEndItIsDrawn) {
  const Answer answer = ask(drain_one, {.until = "12h", .draws = 4});
  EXPECT_EQ(answer["draws"].integer(), 4);
  EXPECT_GT(difference(answer, "b", "still_waiting"), 10);
  EXPECT_EQ(difference(ask("policy: {reservations: 4}\n", {.until = "12h", .draws = 2}), "a", "started"), 0);
}

TEST_F(WhatIf, SaysWhatIsWrongAndWhatWouldBeRight) {
  const auto expect = [&](const std::string& changes, const std::string& part, const WhatIfArguments& arguments) {
    const std::string said = refusal(changes, arguments);
    EXPECT_NE(said.find(part), std::string::npos) << said;
  };
  const WhatIfArguments past{.at = "20h"};
  expect("", "found nothing; write a mapping such as {drain: [NODE]}", past);
  expect("drain: [s-p-n9]\n", "changes.yaml:1:9: drain[0]: found the unknown node 's-p-n9'", past);
  expect("drian: [s-p-b01-r01-n2]\n", "did you mean 'drain'?", past);
  expect("demand: {c: 2}\n", "found the unknown tenant 'c'", past);
  expect("demand: {a: -1}\n", "demand.a: found -1; write a number from 0 to 100", past);
  expect("policy: {reclaim: maybe}\n", "policy.reclaim: found maybe", past);
  expect("tenants: nowhere.yaml\n", "tenants: found the file 'nowhere.yaml'", past);
  expect("tenants: [{name: a, guarantee: {s/q: 8}}]\n", "s/q", past);
  expect(
      "fleet: {fleet: f, sites: [{name: s, pools: [{name: p, gpu: {model: X, per_node: 8}, "
      "node: {cpus: 64, memory: 64Gi}, nodes: 4}]}]}\n",
      "changes.yaml: pool s/p must keep its racks as they are", past);
  expect(drain_one, "the journal begins at 2026-01-01T00:00:00Z; write a later time", {.at = "90d"});
  expect(drain_one, "write an earlier time, or leave --at away", {.at = "20h", .until = "30d"});
  expect(drain_one, "--at: found 'noon'; write a time with a zone", {.at = "noon"});
  expect(drain_one, "write a time after it", {.until = "2026-01-01T00:00:00Z"});
  expect(drain_one, "--tenant: found the unknown tenant 'c'", {.at = "20h", .tenant = "c"});
  expect(drain_one, "there is no journal in", {.data = (folder_.path() / "none").string()});
}

}  // namespace
}  // namespace dure::cli
