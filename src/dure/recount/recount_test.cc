#include "dure/recount/recount.h"

#include <gtest/gtest.h>

#include <bit>

namespace dure::recount {
namespace {

using ledger::credit;

const Time january = *parse_time("2026-01-31T12:00:00Z");
const std::string gpus = "s/h";

// Four GPUs, of which `a` owns two.
class Counted : public testing::Test {
 protected:
  Counted() {
    tell({}, FleetDeclared{{.name = "f",
                            .sites = {{.name = "s",
                                       .pools = {{.name = "h",
                                                  .gpu_model = "H",
                                                  .gpus_per_node = 4,
                                                  .cpu_milli = 8000,
                                                  .hosts = {},
                                                  .owners = {{"a", 2000}}}}}}}});
    tell({}, TenantsDeclared{{.roots = {tenant("a"), tenant("b")}}});
    tell({}, UserDeclared{UserId{0}, "kim"});
    tell({}, Booked{ledger::RatesDeclared{january, {}, {{"H", credit}}}});
    tell({}, Booked{ledger::ProgrammeDeclared{{.name = "p", .tenant = "a", .use = {}}, UserId{0}}});
    tell({}, Booked{ledger::GrantAwarded{.grant = GrantId{0},
                                         .programme = "p",
                                         .tenant = "a",
                                         .kinds = {},
                                         .lots = {{january, january + days(30), 100 * credit}},
                                         .application = {},
                                         .why = {},
                                         .by = UserId{0}}});
    tell({}, Booked{ledger::LotOpened{GrantId{0}, 0}});
  }

  static TenantSpec tenant(const char* name) { return {.name = name, .quotas = {}, .children = {}, .fairness = {}}; }

  void tell(Duration after, Change change) {
    const Fact fact{january + after, std::move(change)};
    state_.apply(fact);
    recount_.add(fact);
  }

  // From `begin` on, on the devices of the mask.
  void run(JobId job, std::uint32_t tenant, std::uint64_t devices, Duration begin) {
    JobSpec spec{.tenant = TenantId{tenant}, .user = UserId{0}, .time_limit = hours(48)};
    spec.shape.per_task.gpu_milli = 1000;
    spec.shape.tasks_min = spec.shape.tasks_max = static_cast<std::uint32_t>(std::popcount(devices));
    tell(begin, JobSubmitted{job, spec});
    tell(begin, StartOrdered{job, PoolId{0}, {{NodeId{0}, spec.shape.tasks_min, devices, 1000}}});
    tell(begin, Started{job});
  }

  State state_;
  Recount recount_;
};

TEST_F(Counted, ARunIsChargedInTheMonthInWhichItEnds) {
  run(JobId{1}, 0, 0b11, {});
  EXPECT_EQ(recount_.accounts().at("a").lots[0].held, 96 * credit);
  tell(hours(15), Ended{.job = JobId{1}});
  const AccountFigures& account = recount_.accounts().at("a");
  EXPECT_EQ(account.months.at(*ledger::parse_month("2026-02")).charged, 30 * credit);
  EXPECT_EQ(account.balance(), 70 * credit);
  EXPECT_EQ(recount_.differences(state_), std::vector<std::string>{});
}

// What `a` leaves idle of its two is one; the other that `b` has beyond its share, which is none, is nobody's.
TEST_F(Counted, LoansAreCutAtTheEndOfTheMonth) {
  run(JobId{1}, 0, 0b1, {});
  run(JobId{2}, 1, 0b110, {});
  tell(hours(15), Ended{.job = JobId{2}});
  const auto loans = recount_.loans(state_.now());
  const auto used = [&](const char* month, const char* lender) {
    return loans.at({*ledger::parse_month(month), gpus, lender, "b", "idle"}).used;
  };
  EXPECT_EQ(used("2026-01", "a"), Wide{1000} * hours(12).ns);
  EXPECT_EQ(used("2026-01", ""), Wide{1000} * hours(12).ns);
  EXPECT_EQ(used("2026-02", "a"), Wide{1000} * hours(3).ns);
  EXPECT_EQ(loans.size(), 4u);
  EXPECT_EQ(recount_.differences(state_), std::vector<std::string>{});
}

TEST_F(Counted, AMonthThatIsOverIsToldAsOverThoughNothingHappenedSince) {
  run(JobId{2}, 1, 0b1, {});
  tell(hours(36), UserDeclared{UserId{1}, "lee"});
  EXPECT_EQ(recount_.differences(state_), std::vector<std::string>{});
}

TEST_F(Counted, WhatDiffersIsNamed) {
  run(JobId{1}, 0, 0b11, {});
  state_.apply({january + hours(2), Ended{.job = JobId{1}}});
  const std::vector<std::string> found = recount_.differences(state_);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front(), "account a: the balance is 96000000 by the ledger and 100000000 by the facts");
}

TEST_F(Counted, AUseThatWasToldWrongIsDisputed) {
  run(JobId{1}, 0, 0b11, {});
  tell(hours(1), Booked{ledger::UseChecked{GrantId{0}, 0, 3 * credit, credit, 0}});
  EXPECT_EQ(recount_.differences(state_),
            std::vector<std::string>{"grant 0 at 2026-01-31T13:00:00Z: used was told as 3000000 and is 2000000"});
}

// Two cards of a grant that is closed after an hour, for which somebody waits.
class CalledAndCounted : public Counted {
 protected:
  CalledAndCounted() {
    tell({}, Booked{ledger::CallOpened{CallId{0}, "c", "p", january, "", UserId{0}}});
    for (const std::uint32_t id : {0u, 1u}) {
      const std::string name(1, static_cast<char>('a' + id));
      tell({}, Booked{ledger::ApplicationFiled{ApplicationId{id}, CallId{0}, name, "a", {{"H", 2}}, 1, "", UserId{0}}});
    }
    tell({}, Booked{ledger::CallDecided{CallId{0}, {ApplicationId{0}}, {{ApplicationId{1}, "later"}}, "", UserId{0}}});
    tell({}, Booked{award(GrantId{1}, ApplicationId{0}, UserId{0})});
    tell({}, Booked{ledger::LotOpened{GrantId{1}, 0}});
  }
  static ledger::GrantAwarded award(GrantId grant, ApplicationId application, std::optional<UserId> by) {
    return {.grant = grant,
            .programme = "p",
            .tenant = "a",
            .kinds = {"H"},
            .cards = 2,
            .lots = {{january, january + days(90), 1000 * credit}},
            .application = application,
            .why = {},
            .by = by};
  }
  // What the ledger does by its rules an hour later.
  void tell_what_is_due() {
    while (const auto due = state_.ledger().due(state_.now())) tell(hours(1), Booked{*due});
  }
};

TEST_F(CalledAndCounted, CardsOfAClosedGrantAreAwardedToWhoWaits) {
  tell(hours(1), Booked{ledger::GrantClosed{GrantId{1}, "", UserId{0}}});
  EXPECT_EQ(recount_.differences(state_), std::vector<std::string>{});
  tell_what_is_due();
  ASSERT_EQ(recount_.grants().size(), 3u);
  EXPECT_EQ(recount_.grants().at(GrantId{2}).application, ApplicationId{1});
  EXPECT_EQ(recount_.differences(state_), std::vector<std::string>{});
}

TEST_F(CalledAndCounted, AnAwardOfCardsThatNobodyGaveUpIsDisputed) {
  tell(hours(1), Booked{award(GrantId{2}, ApplicationId{1}, {})});
  EXPECT_EQ(
      recount_.differences(state_),
      std::vector<std::string>{"grant 2 at 2026-01-31T13:00:00Z: cards that others gave up was told as 2 and is 0"});
}

}  // namespace
}  // namespace dure::recount
