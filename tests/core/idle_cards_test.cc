// What was reported of the first round of GPU support: 159 of 514 applications are awarded, 4,224 cards in all, and 310
// of these come back unused. Here the rules of use take them back and hand them on, with the time going from wake-up to
// wake-up.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "dure/base/overload.h"
#include "dure/policy/dure_policy.h"
#include "dure/recount/recount.h"
#include "dure/runtime/loop.h"
#include "small_engine.h"

namespace dure {
namespace {

using ledger::credit;

constexpr std::size_t filed = 514;
constexpr std::size_t awarded = 159;
constexpr std::size_t idle = 31;  // of those, with ten cards each: 310
constexpr std::int64_t idle_cards = 10;
const Time begin = *parse_time("2026-01-05T00:00:00Z");
const UserId officer{0};

Time day(std::int64_t n) { return begin + days(n); }
std::string tenant_of(std::size_t n) { return fmt::format("nipa/g{}", n); }

// The other 128 share the 3,914 cards that are left: 74 have 31, and 54 have 30.
std::int64_t cards_of(std::size_t n) {
  if (n < idle) return idle_cards;
  return n < idle + 74 ? 31 : 30;
}

class Round final : public Inbox, public Engine, public Journal, public Observer {
 public:
  Round() : loop_(state_, policy_, *this, *this, *this) {
    loop_.add_observer(*this);
    TenantSpec nipa{.name = "nipa", .quotas = {}, .children = {}, .fairness = {}};
    for (std::size_t n = 0; n < filed; ++n) {
      nipa.children.push_back({.name = fmt::format("g{}", n), .quotas = {}, .children = {}, .fairness = {}});
    }
    tell(FleetDeclared{{.name = "f",
                        .sites = {{.name = "s",
                                   .pools = {{.name = "h",
                                              .gpu_model = "H",
                                              .gpus_per_node = 8,
                                              .cpu_milli = 64'000,
                                              .nodes_per_rack = 528,
                                              .hosts = {},
                                              .owners = {}}}}}}});
    tell(TenantsDeclared{{.roots = {nipa}}});
    tell(UserDeclared{officer, "kim"});
    turn();
  }

  void tell(Change change) { arrived_.push_back(std::move(change)); }
  void book(ledger::Change change) { tell(Booked{std::move(change)}); }
  void submit(JobId id, std::size_t tenant, std::uint32_t wanted, Duration limit) {
    JobSpec spec{.tenant = *state_.tenants().find(tenant_of(tenant)), .user = officer, .time_limit = limit};
    spec.shape.per_task.gpu_milli = 1000;
    spec.shape.tasks_min = spec.shape.tasks_max = wanted;
    engine_.run_times[id] = limit;
    tell(JobSubmitted{id, spec});
  }
  void turn() {
    do {
      wakeup_ = loop_.turn(now_);
    } while (wakeup_ == now_ || engine_.answers_by(now_) || !arrived_.empty());
  }
  void go_to(Time time) {
    if (!arrived_.empty()) turn();
    while (true) {
      std::optional<Time> next = engine_.next_event();
      if (wakeup_ && (!next || *wakeup_ < *next)) next = wakeup_;
      if (!next || *next > time) break;
      now_ = *next;
      turn();
    }
    now_ = time;
    turn();
  }

  void drain(Time now, std::vector<Change>& out) override {
    out = std::exchange(arrived_, {});
    engine_.report(state_, now, out);
  }
  void refused(std::size_t, const Change&, const Error& error) override { ADD_FAILURE() << error.message; }
  void execute(const State& state, std::span<const Decision> decisions) override {
    for (const Decision& decision : decisions) {
      const auto* start = std::get_if<StartOrdered>(&decision);
      if (start != nullptr) engine_.start(state.jobs()[start->job], now_);
    }
  }
  void append(const Fact&) override {}
  void commit() override {}
  void on_fact(const State&, const Fact& fact) override {
    recount_.add(fact);
    if (std::holds_alternative<StopOrdered>(fact.change)) ++stops;
    const auto* booked = std::get_if<Booked>(&fact.change);
    if (booked == nullptr) return;
    const auto count = [&](const char* what) { ++happened[{(fact.time - begin).ns / days(1).ns, what}]; };
    std::visit(Overload{
                   [&](const ledger::UseChecked& c) {
                     count(c.notice == 0 ? "enough" : c.notice == 1 ? "first notice" : "second notice");
                   },
                   [&](const ledger::GrantReduced&) { count("reduced"); },
                   [&](const ledger::GrantAwarded& c) {
                     if (!c.by) count("handed on");
                   },
                   [](const auto&) {},
               },
               booked->change);
  }
  void on_turn(const State&, bool) override {}

  const State& state() const { return state_; }
  const ledger::Ledger& ledger() const { return state_.ledger(); }
  std::vector<std::string> differences() const { return recount_.differences(state_); }

  std::map<std::pair<std::int64_t, std::string>, int> happened;  // by day
  int stops = 0;

 private:
  Time now_ = begin;
  State state_;
  DurePolicy policy_{DureOptions{}};
  Loop loop_;
  SmallEngine engine_;
  recount::Recount recount_;
  std::vector<Change> arrived_;
  std::optional<Time> wakeup_;
};

class IdleCards : public testing::Test {
 protected:
  // Half of the term is looked at: less than 40 of a hundred of even use by then is too little.
  IdleCards() {
    round.book(ledger::RatesDeclared{begin, hours(9), {{"H", credit}}});
    round.book(ledger::ProgrammeDeclared{{.name = "support", .tenant = "nipa", .use = {ledger::UseRule{}}, .hours = {}},
                                         officer});
    round.book(ledger::CallOpened{CallId{0}, "first", "support", begin, "", officer});
    round.turn();
    for (std::size_t n = 0; n < filed; ++n) file(n);
    round.turn();
    decide();
    for (std::size_t n = 0; n < awarded; ++n) award(n);
    round.turn();
  }

  // Those that are not awarded ask for 320, 64, 8, 128, 32 cards, and so on; the later the filing, the lower the score.
  void file(std::size_t n) {
    constexpr std::int64_t asks[] = {320, 64, 8, 128, 32};
    const std::int64_t cards = n < awarded ? cards_of(n) : asks[(n - awarded) % 5];
    const ApplicationId id = id_of<ApplicationTag>(n);
    round.book(
        ledger::ApplicationFiled{id, CallId{0}, fmt::format("a{}", n), tenant_of(n), {{"H", cards}}, 2, "", officer});
    round.book(ledger::ApplicationReviewed{id, static_cast<std::int64_t>(9999 - n), "", officer});
  }
  void decide() {
    std::vector<ledger::Application> order = round.ledger().applications();
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    ledger::CallDecided decided{.call = CallId{0}, .awarded = {}, .waiting = {}, .why = {}, .by = officer};
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i < awarded) decided.awarded.push_back(order[i].id);
      if (i >= awarded) decided.waiting.push_back({order[i].id, "no cards are left"});
    }
    round.book(std::move(decided));
  }
  // For a hundred days, as many credits as its cards can use.
  void award(std::size_t n) {
    round.book(ledger::GrantAwarded{.grant = id_of<GrantTag>(n),
                                    .programme = "support",
                                    .tenant = tenant_of(n),
                                    .kinds = {"H"},
                                    .cards = cards_of(n),
                                    .lots = {{begin, day(100), cards_of(n) * 100 * 24 * credit}},
                                    .application = id_of<ApplicationTag>(n),
                                    .why = {},
                                    .by = officer});
  }
  const ledger::Grant& grant(std::size_t n) const { return round.ledger().grants()[n]; }
  const ledger::Lot& lot(std::size_t n) const {
    return round.ledger().account(grant(n).account).purse.lots[grant(n).lots.front()];
  }

  Round round;
};

TEST_F(IdleCards, AreTakenBackOnTheDateAndHandedOnInOrderOfScore) {
  std::int64_t cards = 0;
  for (std::size_t n = 0; n < awarded; ++n) cards += grant(n).cards;
  ASSERT_EQ(cards, 4224);
  ASSERT_EQ(round.ledger().calls()[0].waiting.size(), 355u);

  // 128 use all that they have, for sixty days. 31 do nothing.
  for (std::size_t n = idle; n < awarded; ++n) {
    round.submit(id_of<JobTag>(n), n, static_cast<std::uint32_t>(cards_of(n)), days(60));
  }
  round.go_to(day(50) - Duration{1});
  EXPECT_EQ(round.state().jobs().size(), awarded - idle);
  EXPECT_TRUE(round.happened.empty());

  // Half of the term: 31 first notices.
  round.go_to(day(52));
  using Day = std::pair<std::int64_t, std::string>;
  using Days = std::map<Day, int>;
  EXPECT_EQ(round.happened, (Days{{{50, "enough"}, 128}, {{50, "first notice"}, 31}}));

  // Two of them appeal. On the 57th day the other 29 have a second notice.
  round.book(ledger::AppealFiled{GrantId{0}, "the staff was hired late", officer});
  round.book(ledger::AppealFiled{GrantId{1}, "the data came late", officer});
  round.go_to(day(58));
  EXPECT_EQ((round.happened[{57, "second notice"}]), 29);

  // One of these begins to use four of its ten cards, for at most twenty days: 1,920 credits are held.
  round.submit(JobId{1000}, 2, 4, days(20));
  round.go_to(day(60));
  EXPECT_EQ(lot(2)[ledger::Place::held], 1920 * credit);

  // One appeal is granted. The other is refused, after the day of its second notice, which comes at once.
  round.book(ledger::AppealDecided{GrantId{0}, true, "six months more", officer});
  round.book(ledger::AppealDecided{GrantId{1}, false, "the data was there", officer});
  round.go_to(day(64) - Duration{1});
  EXPECT_EQ((round.happened[{60, "second notice"}]), 1);
  EXPECT_EQ((round.happened[{64, "reduced"}]), 0);

  // Fourteen days after the first notice: 30 grants are reduced. What runs has used 4 x 6 x 24 = 576 of the 10 x 64 x
  // 24 = 15,360 that would be even: one card of ten stays, and 828 of the 22,080 credits that were free.
  round.go_to(day(64));
  EXPECT_EQ((round.happened[{64, "reduced"}]), 30);
  EXPECT_EQ(grant(0).cards_kept, 10);
  EXPECT_EQ(grant(1).cards_kept, 0);
  EXPECT_EQ(grant(2).cards_kept, 1);
  EXPECT_EQ(lot(0)[ledger::Place::free], 24'000 * credit);
  EXPECT_EQ(lot(1)[ledger::Place::free], 0);
  EXPECT_EQ(lot(2)[ledger::Place::free], 828 * credit);
  EXPECT_EQ(lot(2)[ledger::Place::held], 1920 * credit);
  ledger::Micro reduced = 0;
  for (const ledger::Account& account : round.ledger().accounts()) {
    for (const ledger::MonthLine& month : account.months) reduced += month.reduced;
  }
  EXPECT_EQ(reduced, (29 * 24'000 + 22'080 - 828) * credit);

  // 299 cards are free: 320 do not fit; 64, 8, 128 and 32 do; 320 do not; 64 do. Three are left, and nobody asks for
  // so few. They go until the hundredth day, which is sooner than the two months that were asked for.
  EXPECT_EQ((round.happened[{64, "handed on"}]), 5);
  const std::vector<ledger::Grant>& grants = round.ledger().grants();
  ASSERT_EQ(grants.size(), awarded + 5);
  const std::size_t next[] = {160, 161, 162, 163, 165};
  const std::int64_t asked[] = {64, 8, 128, 32, 64};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(grants[awarded + i].application, id_of<ApplicationTag>(next[i]));
    EXPECT_EQ(grants[awarded + i].cards, asked[i]);
    EXPECT_EQ(grants[awarded + i].awarded, asked[i] * 36 * 24 * credit);
    EXPECT_EQ(grants[awarded + i].to, day(100));
    EXPECT_EQ(grants[awarded + i].status, ledger::GrantStatus::active);
  }
  const ledger::Call& call = round.ledger().calls()[0];
  EXPECT_EQ(call.waiting.size(), 350u);
  EXPECT_EQ(call.waiting.front(), id_of<ApplicationTag>(awarded));
  ASSERT_EQ(call.freed.size(), 1u);
  EXPECT_EQ(call.freed[0].cards, 3);

  // Who was next may start with what it has, and no more; what runs is not touched, and pays what was held to its end.
  round.submit(JobId{1001}, 160, 64, days(2));
  round.submit(JobId{1002}, 161, 9, days(2));
  round.submit(JobId{1003}, 1, 1, hours(1));
  round.go_to(day(65));
  EXPECT_TRUE(round.state().jobs()[JobId{1001}].holds_devices());
  EXPECT_FALSE(round.state().jobs()[JobId{1002}].holds_devices());
  EXPECT_FALSE(round.state().jobs()[JobId{1003}].holds_devices());
  round.go_to(day(78));
  EXPECT_EQ(round.state().jobs().find(JobId{1000}), nullptr);
  EXPECT_EQ(lot(2)[ledger::Place::spent], 1920 * credit);
  EXPECT_EQ(lot(2)[ledger::Place::held], 0);
  EXPECT_EQ(round.stops, 0);
  EXPECT_EQ(round.ledger().violations(), std::vector<std::string>{});
  EXPECT_EQ(round.differences(), std::vector<std::string>{});

  // With the last lot all of it is settled.
  round.go_to(day(101));
  for (const ledger::Grant& one : round.ledger().grants()) {
    EXPECT_TRUE(one.status == ledger::GrantStatus::settled) << one.id.value;
  }
  EXPECT_EQ(round.differences(), std::vector<std::string>{});
}

}  // namespace
}  // namespace dure
