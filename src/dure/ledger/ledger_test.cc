#include "dure/ledger/ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

namespace dure::ledger {
namespace {

const Time start = *parse_time("2026-03-10T00:00:00Z");
constexpr PoolId cards{0};
constexpr PoolId cpus{1};
constexpr UserId officer{0};
constexpr TenantId state_tenant{0};
constexpr TenantId lab{1};
constexpr TenantId team{2};
constexpr TenantId firm{3};

TenantSpec tenant(std::string name, std::vector<TenantSpec> children = {}) {
  return {.name = std::move(name), .quotas = {}, .children = std::move(children), .fairness = {}};
}

// state/lab/team, and a firm; a pool of H and one of CPUs.
class Books {
 public:
  Books() {
    const std::vector<std::string> paths{"s/h", "s/c"};
    ledger.set_pools({{"s/h", "H", {{"state", 4000}, {"firm", 2000}}}, {"s/c", "cpu", {}}}, now);
    ledger.set_tenants(Tenants({.roots = {tenant("state", {tenant("lab", {tenant("team")})}), tenant("firm")}}, paths));
  }

  void tell(Change change) {
    const auto checked = ledger.check(change, now);
    EXPECT_TRUE(checked) << name_of(change) << ": " << (checked ? "" : checked.error().message);
    if (checked) ledger.apply(change, now);
    rules();
  }
  void rules() {
    while (auto due = ledger.due(now)) {
      EXPECT_TRUE(ledger.check(*due, now)) << name_of(*due);
      done += fmt::format("{}{}", done.empty() ? "" : " ", name_of(*due));
      ledger.apply(*due, now);
    }
    EXPECT_EQ(ledger.violations(), std::vector<std::string>{});
  }
  // The rules wake by themselves on the way.
  void go_to(Time time) {
    for (Time next = ledger.next_due(); next <= time; next = ledger.next_due()) {
      now = std::max(now, next);
      rules();
    }
    now = time;
    rules();
  }
  void pass(Duration time) { go_to(now + time); }

  void open(Micro per_hour = credit, Duration zone = {}) {
    tell(RatesDeclared{now, zone, {{"H", per_hour}, {"cpu", credit / 10}}});
  }
  void programme(Programme declared) { tell(ProgrammeDeclared{std::move(declared), officer}); }
  GrantId award(std::vector<LotSpec> lots, std::vector<std::string> kinds = {}, std::int64_t most_cards = 0) {
    const GrantId id = id_of<GrantTag>(ledger.grants().size());
    tell(GrantAwarded{.grant = id,
                      .programme = "p",
                      .tenant = "state/lab",
                      .kinds = std::move(kinds),
                      .cards = most_cards,
                      .lots = std::move(lots),
                      .application = {},
                      .why = {},
                      .by = officer});
    return id;
  }
  GrantId award(std::int64_t credits, Duration term = days(30)) { return award({{now, now + term, credits * credit}}); }
  // So many cards, for a limit of so many hours.
  void order(std::uint32_t job, std::int64_t wanted, std::int64_t limit) {
    ledger.order(JobId{job}, team, cards, wanted * 1000, hours(limit), now);
    ledger.start(JobId{job}, now);
    width[job] = wanted * 1000;
    begun[job] = now;
    rules();
  }
  void end(std::uint32_t job, Duration lost = {}, Waiver why = Waiver::fault) {
    ledger.end(JobId{job}, team, cards, width[job], {.ran = {{begun[job], now}}, .lost = lost, .why = why}, now);
    rules();
  }

  const Account& account() const { return ledger.account(*ledger.find_account("state/lab")); }
  std::int64_t room(std::int64_t limit) const {
    return account().purse.room(ledger.kind_of(cards), ledger.rate_of(cards), hours(limit), now);
  }
  // In whole credits: free held spent lapsed.
  std::string lot(std::size_t at) const { return text(account().purse.lots[at]); }
  std::string line() const { return text(account().purse.line); }
  static std::string text(const Lot& lot) {
    for (const Micro micro : lot.in) EXPECT_EQ(micro % credit, 0);
    return fmt::format("{} {} {} {}", lot[Place::free] / credit, lot[Place::held] / credit, lot[Place::spent] / credit,
                       lot[Place::lapsed] / credit);
  }

  Ledger ledger;
  Time now = start;
  std::string done;  // by the rules
  std::map<std::uint32_t, std::int64_t> width;
  std::map<std::uint32_t, Time> begun;
};

Programme of(Overrun overrun, Micro debt = 0) {
  return {.name = "p", .tenant = "state/lab", .overrun = overrun, .debt = debt, .use = {}};
}

Books with(Overrun overrun, Micro debt = 0) {
  Books books;
  books.open();
  books.programme(of(overrun, debt));
  return books;
}

// The event table.

TEST(Ledger, AStartHoldsWhatItMayCostAndAnEndChargesWhatItDid) {
  Books books = with(Overrun::refuse);
  books.award(100);
  books.order(1, 2, 10);
  EXPECT_EQ(books.lot(0), "80 20 0 0");
  books.pass(hours(3));
  books.end(1);
  EXPECT_EQ(books.lot(0), "94 0 6 0");
  EXPECT_EQ(books.ledger.last_settlement().charged, 6 * credit);
}

TEST(Ledger, CostsAreRoundedUpOnceAnAllocation) {
  Books books = with(Overrun::refuse);
  books.tell(RatesDeclared{books.now, {}, {{"H", 1}}});
  books.award(1);
  books.order(1, 1, 1);
  books.pass(Duration{1});
  books.end(1);
  EXPECT_EQ(books.ledger.last_settlement().charged, 1);
  EXPECT_EQ(cost_of(3, 500, hours(1)), 2);
  EXPECT_EQ(cost_of(3, 500, hours(2)), 3);
}

struct Loss {
  const char* name;
  std::int64_t ran;
  std::int64_t lost;
  std::int64_t by_swap;
  Waiver why;
  std::int64_t charged;
  std::int64_t waived;    // for `why`
  std::int64_t by_fault;  // beside it
  std::int64_t late;
};

// One card, for a limit of ten hours.
TEST(Ledger, WhatWasLostIsWaivedByItsCause) {
  const Loss losses[] = {
      {"it ends by itself", 4, 0, 0, Waiver::fault, 4, 0, 0, 0},
      {"a node fails", 5, 2, 0, Waiver::fault, 3, 2, 2, 0},
      {"an owner takes it back", 5, 2, 0, Waiver::reclaim, 3, 2, 0, 0},
      {"all of it", 5, 5, 0, Waiver::preempt, 0, 5, 0, 0},
      {"more than there was", 5, 9, 0, Waiver::window, 0, 5, 0, 0},
      {"a swap", 5, 0, 1, Waiver::fault, 4, 1, 1, 0},
      {"a swap, then a reclaim", 8, 2, 1, Waiver::reclaim, 5, 2, 1, 0},
      {"swaps took more than is left", 3, 2, 4, Waiver::fairness, 0, 2, 1, 0},
      {"the engine is late", 13, 0, 0, Waiver::fault, 10, 0, 0, 3},
      {"late, and a node fails", 13, 2, 0, Waiver::fault, 10, 2, 2, 1},
  };
  for (const Loss& loss : losses) {
    SCOPED_TRACE(loss.name);
    Books books = with(Overrun::refuse);
    books.award(100);
    books.order(1, 1, 10);
    books.ledger.lose(JobId{1}, hours(loss.by_swap));
    books.pass(hours(loss.ran));
    books.end(1, hours(loss.lost), loss.why);
    const PoolLine& line = books.account().months.back().pools.front();
    const auto waived = [&](Waiver why) { return line.waived[static_cast<std::size_t>(why)]; };
    EXPECT_EQ(line.charged, loss.charged * credit);
    EXPECT_EQ(waived(loss.why), loss.waived * credit);
    EXPECT_EQ(waived(Waiver::fault), loss.by_fault * credit);
    EXPECT_EQ(waived(Waiver::late), loss.late * credit);
    EXPECT_EQ(line.charged + line.waived_in_all(), loss.ran * credit);
    EXPECT_EQ(line.runs, 1u);
    EXPECT_EQ(line.used, Wide{1000} * hours(loss.ran).ns);
    EXPECT_EQ(books.account().purse.lots[0][Place::spent], loss.charged * credit);
    EXPECT_EQ(books.ledger.grants()[0].waived, (loss.ran - loss.charged) * credit);
  }
}

TEST(Ledger, WhatNeverBeganCostsNothing) {
  Books books = with(Overrun::refuse);
  books.award(100);
  books.ledger.order(JobId{1}, team, cards, 1000, hours(10), books.now);
  books.pass(hours(1));
  books.ledger.end(JobId{1}, team, cards, 1000, {.ran = {}, .lost = {}}, books.now);
  books.rules();
  EXPECT_EQ(books.lot(0), "100 0 0 0");
  EXPECT_EQ(books.account().months.back().pools.front().runs, 0u);
}

TEST(Ledger, AnEndThatIsToldAgainChangesNothing) {
  Books books = with(Overrun::refuse);
  books.award(100);
  books.order(1, 1, 10);
  books.pass(hours(2));
  books.end(1);
  books.ledger.hold(state_tenant, cards, 1000, books.now);  // what the second end gives back
  books.end(1);
  EXPECT_EQ(books.lot(0), "98 0 2 0");
}

// Lots.

TEST(Ledger, TheLotThatEndsFirstIsSpentFirstThenTheOlder) {
  Books books = with(Overrun::refuse);
  const Time now = books.now;
  books.award({{now, now + days(30), 10 * credit}, {now, now + days(20), 10 * credit}});
  books.award({{now, now + days(20), 10 * credit}, {now, now + days(40), 10 * credit}});
  books.order(1, 1, 25);
  EXPECT_EQ(books.lot(1), "0 10 0 0");
  EXPECT_EQ(books.lot(2), "0 10 0 0");
  EXPECT_EQ(books.lot(0), "5 5 0 0");
  EXPECT_EQ(books.lot(3), "10 0 0 0");
  books.pass(hours(12));
  books.end(1);
  EXPECT_EQ(books.lot(1), "0 0 10 0");
  EXPECT_EQ(books.lot(2), "8 0 2 0");
  EXPECT_EQ(books.lot(0), "10 0 0 0");
}

TEST(Ledger, ALotPaysForItsKindsAlone) {
  Books books = with(Overrun::refuse);
  const Time now = books.now;
  books.award({{now, now + days(20), 10 * credit}}, {"cpu"});
  books.award({{now, now + days(30), 10 * credit}}, {"H"});
  EXPECT_EQ(books.room(1), 10'000);
  books.order(1, 1, 4);
  EXPECT_EQ(books.lot(0), "10 0 0 0");
  EXPECT_EQ(books.lot(1), "6 4 0 0");
}

TEST(Ledger, ALotOpensAndLapsesOnItsDates) {
  Books books = with(Overrun::refuse);
  const Time now = books.now;
  books.award({{now + days(1), now + days(2), 10 * credit}, {now + days(2), now + days(3), 20 * credit}});
  EXPECT_EQ(books.room(1), 0);
  EXPECT_EQ(books.ledger.grants()[0].status, GrantStatus::awarded);
  books.go_to(now + days(1) - Duration{1});
  EXPECT_EQ(books.done, "");
  books.go_to(now + days(1));
  EXPECT_EQ(books.done, "LotOpened");
  EXPECT_EQ(books.room(1), 10'000);
  books.go_to(now + days(2));
  EXPECT_EQ(books.done, "LotOpened LotLapsed LotOpened");
  EXPECT_EQ(books.lot(0), "0 0 0 10");
  EXPECT_EQ(books.room(1), 20'000);
  books.go_to(now + days(3));
  EXPECT_EQ(books.done, "LotOpened LotLapsed LotOpened LotLapsed GrantSettled");
  EXPECT_EQ(books.ledger.grants()[0].status, GrantStatus::settled);
  EXPECT_EQ(books.account().months.back().lapsed, 30 * credit);
  EXPECT_EQ(books.ledger.next_due(), Time::never());
}

TEST(Ledger, AHoldOnALotThatEndsIsHonouredToTheEndOfItsJob) {
  Books books = with(Overrun::refuse);
  books.award(30, days(1));
  books.pass(hours(20));
  books.order(1, 1, 10);
  books.pass(hours(5));
  EXPECT_EQ(books.lot(0), "0 10 0 20");
  EXPECT_EQ(books.ledger.grants()[0].status, GrantStatus::closed);
  EXPECT_EQ(books.room(1), 0);
  books.pass(hours(3));
  books.end(1);
  EXPECT_EQ(books.lot(0), "0 0 8 22");
  EXPECT_EQ(books.ledger.grants()[0].lapsed, 22 * credit);
  EXPECT_EQ(books.ledger.grants()[0].status, GrantStatus::settled);
}

TEST(Ledger, AGrantThatIsClosedLapsesAtOnceButForWhatRuns) {
  Books books = with(Overrun::refuse);
  const Time now = books.now;
  const GrantId grant = books.award({{now, now + days(9), 30 * credit}, {now + days(9), now + days(20), 5 * credit}});
  books.order(1, 1, 10);
  books.tell(GrantClosed{grant, "left", officer});
  EXPECT_EQ(books.lot(0), "0 10 0 20");
  EXPECT_EQ(books.lot(1), "0 0 0 5");
  books.pass(hours(10));
  books.end(1);
  EXPECT_EQ(books.lot(0), "0 0 10 20");
  EXPECT_EQ(books.done, "LotOpened GrantSettled");
}

// Overrun.

struct Overrunning {
  Overrun overrun;
  std::int64_t debt;
  std::int64_t room_milli;  // for ten hours, with 25 credits
  const char* lot;          // once 4 cards for ten hours were ordered for all that
  const char* line;
  bool is_borrowed;
};

TEST(Ledger, WhatHappensWhenMoreIsAskedThanIsLeft) {
  constexpr std::int64_t any = INT64_MAX / 4;
  const Overrunning rows[] = {
      {Overrun::refuse, 0, 2500, "0 25 0 0", "-15 15 0 0", false},
      {Overrun::finish, 0, any, "0 25 0 0", "-15 15 0 0", false},
      {Overrun::debt, 20, 4500, "0 25 0 0", "-15 15 0 0", false},
      {Overrun::borrow, 0, any, "25 0 0 0", "0 0 0 0", true},
  };
  for (const Overrunning& row : rows) {
    SCOPED_TRACE(static_cast<int>(row.overrun));
    Books books = with(row.overrun, row.debt * credit);
    books.award(25);
    EXPECT_EQ(books.room(10), row.room_milli);
    books.order(1, 4, 10);
    EXPECT_EQ(books.lot(0), row.lot);
    EXPECT_EQ(books.line(), row.line);
    EXPECT_EQ(books.ledger.hold_of(JobId{1})->is_borrowed, row.is_borrowed);
  }
}

TEST(Ledger, WhoFinishesWaitsWithTheNext) {
  Books books = with(Overrun::finish);
  books.award(25);
  books.order(1, 4, 10);
  EXPECT_EQ(books.room(1), 0);
  books.pass(hours(10));
  books.end(1);
  EXPECT_EQ(books.lot(0), "0 0 25 0");
  EXPECT_EQ(books.line(), "-15 0 15 0");
  EXPECT_EQ(books.room(1), 0);
  EXPECT_EQ(books.account().balance(), -15 * credit);
}

TEST(Ledger, WhatIsOwedIsPaidAsSoonAsThereIsAny) {
  Books books = with(Overrun::debt, 20 * credit);
  books.award(25);
  books.order(1, 4, 10);
  books.pass(hours(10));
  books.end(1);
  EXPECT_EQ(books.room(10), 500);
  books.award(10);
  EXPECT_EQ(books.lot(1), "0 0 10 0");
  EXPECT_EQ(books.line(), "-5 0 5 0");
  books.award(10);
  EXPECT_EQ(books.lot(2), "5 0 5 0");
  EXPECT_EQ(books.line(), "0 0 0 0");
  EXPECT_EQ(books.account().balance(), 5 * credit);
}

TEST(Ledger, WhatBorrowsIsWaivedAsThat) {
  Books books = with(Overrun::borrow);
  books.award(25);
  books.order(1, 4, 10);
  books.pass(hours(5));
  books.end(1, hours(2), Waiver::reclaim);
  const PoolLine& line = books.account().months.back().pools.front();
  EXPECT_EQ(line.charged, 0);
  EXPECT_EQ(line.waived[static_cast<std::size_t>(Waiver::reclaim)], 8 * credit);
  EXPECT_EQ(line.waived[static_cast<std::size_t>(Waiver::borrowed)], 12 * credit);
  EXPECT_EQ(books.lot(0), "25 0 0 0");
}

// Cards.

TEST(Ledger, GrantsBoundTheCardsThatAreHeldAtOnce) {
  Books books = with(Overrun::refuse);
  const Time now = books.now;
  books.award({{now, now + days(1), 1000 * credit}}, {"H"}, 3);
  books.award({{now, now + days(2), 1000 * credit}}, {"H"}, 2);
  EXPECT_EQ(books.room(1), 5000);
  books.order(1, 4, 1);
  EXPECT_EQ(books.room(1), 1000);
  books.pass(days(1));
  EXPECT_EQ(books.room(1), 0) << "two are left, and four held";
  books.end(1);
  EXPECT_EQ(books.room(1), 2000);
  books.award({{books.now, books.now + days(1), 1000 * credit}});
  EXPECT_EQ(books.room(1), 2'000'000) << "one without a bound lifts it";
  books.pass(days(1));
  EXPECT_EQ(books.room(1), 0) << "with no grant there are no credits";
}

TEST(Ledger, AProgrammeMayLetItsGrantsBurst) {
  Books books = with(Overrun::refuse);
  books.award({{books.now, books.now + days(1), 7 * credit}}, {"H"}, 3);
  EXPECT_EQ(books.room(1), 3000);
  Programme bursting = of(Overrun::refuse);
  bursting.bursts = true;
  books.programme(bursting);
  EXPECT_EQ(books.room(1), 7000);
  books.programme(of(Overrun::refuse));
  EXPECT_EQ(books.room(1), 3000);
}

// From eight in the evening to eight in the morning in Seoul; `now` is nine there.
TEST(Ledger, HoursAreThoseOfTheZoneAndOfWhoEndsWithinThem) {
  Books books;
  books.open(credit, hours(9));
  Programme nightly = of(Overrun::refuse);
  nightly.hours = DayHours{.from_minute = 20 * 60, .to_minute = 8 * 60};
  books.programme(nightly);
  books.award(100);
  EXPECT_EQ(books.room(1), 0);
  books.pass(hours(11) - Duration{1});
  EXPECT_EQ(books.room(1), 0);
  books.pass(Duration{1});
  EXPECT_EQ(books.room(12), 8333);
  EXPECT_EQ(books.room(13), 0);
  books.pass(hours(10));
  EXPECT_EQ(books.room(2), 50'000);
  EXPECT_EQ(books.room(3), 0);
}

// Rates.

TEST(Ledger, RatesHoldFromTheirDateOnForWhoStartsThen) {
  Books books = with(Overrun::refuse);
  books.award(100);
  books.tell(RatesDeclared{books.now + days(1), {}, {{"H", 3 * credit}}});
  EXPECT_EQ(books.ledger.next_due(), books.now + days(1));
  books.pass(hours(23));
  books.order(1, 1, 10);
  books.pass(hours(2));
  EXPECT_EQ(books.done, "LotOpened RatesBegun");
  books.order(2, 1, 10);
  EXPECT_EQ(books.lot(0), "60 40 0 0");
  books.pass(hours(1));
  books.end(1);
  books.end(2);
  EXPECT_EQ(books.lot(0), "94 0 6 0");
  EXPECT_EQ(books.ledger.rate_of(cpus), 0) << "what a table does not name is free";
}

// Refunds.

TEST(Ledger, ARefundGoesToTheLotThatEndsLast) {
  Books books = with(Overrun::refuse);
  const Time now = books.now;
  const GrantId grant = books.award({{now, now + days(10), 10 * credit}, {now, now + days(20), 10 * credit}});
  books.order(1, 1, 15);
  books.pass(hours(15));
  books.end(1);
  books.tell(CreditsRefunded{grant, 7 * credit, "a fault of ours", officer});
  EXPECT_EQ(books.lot(0), "2 0 8 0");
  EXPECT_EQ(books.lot(1), "10 0 0 0");
  EXPECT_EQ(books.account().months.back().refunded, 7 * credit);
  EXPECT_EQ(books.account().balance(), 12 * credit);
}

// Months.

TEST(Ledger, MonthsEndByTheClockOfTheZone) {
  Books books;
  books.now = *parse_time("2026-03-31T14:00:00Z");
  books.open(credit, hours(9));
  books.programme(of(Overrun::refuse));
  books.award(100);
  books.order(1, 1, 5);
  books.order(2, 1, 5);
  books.pass(minutes(59));
  books.end(1);
  books.pass(minutes(1));
  books.end(2);
  const std::vector<MonthLine>& months = books.account().months;
  ASSERT_EQ(months.size(), 2u);
  EXPECT_EQ(to_text(months[0].month), "2026-03");
  EXPECT_EQ(to_text(months[1].month), "2026-04");
  EXPECT_EQ(months[1].charged, credit);
}

// Use.

const UseRule half{.at_percent = 50, .least_percent = 40, .second_notice = days(7), .appeal = days(14)};

// A term of a hundred days with a thousand credits: at half of it 200 are wanted.
class Used : public testing::Test {
 protected:
  Used() {
    books.open();
    Programme ruled = of(Overrun::refuse);
    ruled.use = {half};
    books.programme(ruled);
    grant = books.award({{start, start + days(100), 1000 * credit}}, {"H"}, 10);
    books.done.clear();
  }
  void use(std::int64_t credits) {
    books.order(1, 1, credits);
    books.pass(hours(credits));
    books.end(1);
  }
  void expect(GrantStatus status, std::int64_t kept, const char* lot) {
    EXPECT_EQ(to_text(books.ledger.grants()[0].status), to_text(status));
    EXPECT_EQ(books.ledger.grants()[0].cards_kept, kept);
    EXPECT_EQ(books.lot(0), lot);
  }
  void day(std::int64_t n) { books.go_to(start + days(n)); }

  Books books;
  GrantId grant;
};

TEST_F(Used, EnoughIsEnough) {
  use(200);
  day(50);
  EXPECT_EQ(books.done, "UseChecked");
  expect(GrantStatus::active, 10, "800 0 200 0");
  EXPECT_FALSE(books.ledger.grants()[0].notice);
}

TEST_F(Used, TooLittleIsTakenBackAfterTwoNoticesAndTheWindow) {
  use(160);
  books.go_to(start + days(50) - Duration{1});
  EXPECT_EQ(books.done, "");
  day(50);
  EXPECT_EQ(books.ledger.grants()[0].notice->number, 1);
  books.go_to(start + days(57) - Duration{1});
  EXPECT_EQ(books.done, "UseChecked");
  day(57);
  EXPECT_EQ(books.ledger.grants()[0].notice->number, 2);
  books.go_to(start + days(64) - Duration{1});
  EXPECT_EQ(books.done, "UseChecked UseChecked");
  expect(GrantStatus::warned, 10, "840 0 160 0");
  day(64);  // 640 are due by then: a quarter stays
  EXPECT_EQ(books.done, "UseChecked UseChecked GrantReduced");
  expect(GrantStatus::reduced, 3, "210 0 160 630");
  EXPECT_EQ(books.account().months.back().reduced, 630 * credit);
}

TEST_F(Used, WhatIsHeldIsNotTouched) {
  day(60);
  books.order(1, 2, 240);
  expect(GrantStatus::warned, 10, "520 480 0 0");
  day(64);  // 192 of 640
  expect(GrantStatus::reduced, 3, "156 480 0 364");
  books.pass(days(6));
  books.end(1);
  expect(GrantStatus::reduced, 3, "156 0 480 364");
}

TEST_F(Used, UseThatCatchesUpEndsIt) {
  day(51);
  books.order(1, 10, 48);
  day(53);
  books.end(1);
  day(57);
  EXPECT_EQ(books.done, "UseChecked UseChecked");
  expect(GrantStatus::active, 10, "520 0 480 0");
  day(99);
  EXPECT_EQ(books.done, "UseChecked UseChecked");
}

TEST_F(Used, NothingHappensWhileAnAppealIsOpen) {
  day(52);
  books.tell(AppealFiled{grant, "the building had no power", officer});
  day(80);
  EXPECT_EQ(books.done, "UseChecked");
  books.tell(AppealDecided{grant, true, "so it was", officer});
  expect(GrantStatus::active, 10, "1000 0 0 0");
  day(99);
  EXPECT_EQ(books.done, "UseChecked");
}

TEST_F(Used, ARefusedAppealGoesOnWhereItWas) {
  day(52);
  books.tell(AppealFiled{grant, "", officer});
  day(53);
  books.tell(AppealDecided{grant, false, "", officer});
  day(63);
  EXPECT_EQ(books.done, "UseChecked UseChecked");
  day(64);
  expect(GrantStatus::reduced, 0, "0 0 0 1000");
}

// Rule 8: two notices, however late the decision.
TEST_F(Used, NobodyIsReducedWithoutASecondNotice) {
  day(52);
  books.tell(AppealFiled{grant, "", officer});
  day(70);
  books.tell(AppealDecided{grant, false, "", officer});
  EXPECT_EQ(books.done, "UseChecked UseChecked GrantReduced");
}

// Calls.

class Called : public testing::Test {
 protected:
  Called() {
    books.open();
    Programme ruled = of(Overrun::refuse);
    ruled.tenant = "state";
    ruled.use = {half};
    books.programme(ruled);
    books.tell(CallOpened{CallId{0}, "spring", "p", start, "", officer});
  }
  ApplicationId apply(std::string name, std::string path, std::int64_t asked) {
    const ApplicationId id = id_of<ApplicationTag>(books.ledger.applications().size());
    books.tell(ApplicationFiled{id, CallId{0}, std::move(name), std::move(path), {{"H", asked}}, 2, "", officer});
    return id;
  }
  void award(ApplicationId application, std::int64_t granted) {
    const std::string path = books.ledger.applications()[application.index()].tenant;
    books.tell(GrantAwarded{.grant = id_of<GrantTag>(books.ledger.grants().size()),
                            .programme = "p",
                            .tenant = path,
                            .kinds = {"H"},
                            .cards = granted,
                            .lots = {{start, start + days(100), 1000 * credit}},
                            .application = application,
                            .why = {},
                            .by = officer});
  }

  Books books;
};

TEST_F(Called, WhatIsTakenBackGoesToWhoIsNextAndFits) {
  const ApplicationId first = apply("first", "state/lab", 8);
  const ApplicationId large = apply("large", "state/lab/team", 9);
  const ApplicationId small = apply("small", "state/lab/team", 5);
  const ApplicationId last = apply("last", "state", 3);
  books.tell(CallDecided{CallId{0}, {first}, {{large, "too large"}, {small, ""}, {last, ""}}, "", officer});
  award(first, 8);
  books.go_to(start + days(64));
  const std::vector<Grant>& grants = books.ledger.grants();
  ASSERT_EQ(grants.size(), 3u) << "eight are free: five for the one, three for the other";
  EXPECT_EQ(grants[1].application, small);
  EXPECT_EQ(grants[2].application, last);
  EXPECT_EQ(grants[1].to, start + days(100)) << "no longer than it was the first's";
  EXPECT_EQ(grants[1].awarded, 5 * 36 * 24 * credit);
  EXPECT_EQ(grants[1].steps.front().by, std::nullopt);
  EXPECT_EQ(books.ledger.calls()[0].waiting, std::vector<ApplicationId>{large});
  EXPECT_TRUE(books.ledger.calls()[0].freed.empty());
}

TEST_F(Called, AnApplicationIsAwardedByItsOwnProgramme) {
  const ApplicationId first = apply("first", "state/lab", 8);
  books.tell(CallDecided{CallId{0}, {first}, {}, "", officer});
  books.programme({.name = "q", .tenant = "state", .use = {}});
  const auto checked = books.ledger.check(GrantAwarded{.grant = GrantId{0},
                                                       .programme = "q",
                                                       .tenant = "state/lab",
                                                       .kinds = {},
                                                       .lots = {{start, start + days(1), 1}},
                                                       .application = first,
                                                       .why = {},
                                                       .by = officer},
                                          start);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message, "application first is to programme p, not to q");
}

// Accounts.

TEST(Ledger, AJobIsChargedToTheNearestAccountAbove) {
  Books books;
  books.open();
  EXPECT_FALSE(books.ledger.account_of(team));
  books.programme({.name = "p", .tenant = "state", .use = {}});
  const auto path = [&](TenantId id) { return books.ledger.account(*books.ledger.account_of(id)).path; };
  EXPECT_EQ(path(team), "state");
  books.award(10);
  EXPECT_EQ(path(team), "state/lab");
  EXPECT_EQ(path(lab), "state/lab");
  EXPECT_EQ(path(state_tenant), "state");
  EXPECT_FALSE(books.ledger.account_of(firm));
}

// What is refused, and what to do about it.

class Refusing : public Called {
 protected:
  Refusing() {
    filed = apply("one", "state/lab", 4);
    grant = books.award(100);
    closed = books.award(50);
    books.tell(GrantClosed{closed, "", officer});
  }
  static GrantAwarded fine(GrantId id) {
    return {.grant = id,
            .programme = "p",
            .tenant = "state/lab",
            .kinds = {"H"},
            .cards = 1,
            .lots = {{start, start + days(1), credit}},
            .application = {},
            .why = {},
            .by = officer};
  }
  GrantAwarded award_with(const std::function<void(GrantAwarded&)>& edit) const {
    GrantAwarded award = fine(id_of<GrantTag>(books.ledger.grants().size()));
    edit(award);
    return award;
  }
  Change programme_with(const std::function<void(Programme&)>& edit) const {
    Programme declared = books.ledger.programmes()[0];
    edit(declared);
    return ProgrammeDeclared{declared, officer};
  }
  Change use(UseRule rule) const {
    return programme_with([&](Programme& p) {
      p.name = "new";
      p.use = {rule};
    });
  }
  ApplicationFiled file(const std::function<void(ApplicationFiled&)>& edit) const {
    ApplicationFiled filing{ApplicationId{1}, CallId{0}, "two", "state/lab", {{"H", 1}}, 1, "", officer};
    edit(filing);
    return filing;
  }
  void refused(const Change& change, std::string_view why) {
    SCOPED_TRACE(why);
    const auto checked = books.ledger.check(change, books.now);
    ASSERT_FALSE(checked) << name_of(change);
    EXPECT_EQ(checked.error().message, why);
  }

  ApplicationId filed;
  GrantId grant;
  GrantId closed;
};

TEST_F(Refusing, Rates) {
  const Time now = books.now;
  refused(RatesDeclared{now, {}, {}}, "a table of rates names at least one kind");
  refused(RatesDeclared{now - seconds(1), {}, {{"H", 1}}},
          "rates hold from now on or later, not from 2026-03-09T23:59:59Z: what is charged is charged");
  refused(RatesDeclared{now, hours(1), {{"H", 1}}}, "the zone by which months end cannot be changed any more");
  refused(RatesDeclared{now, {}, {{"H", -1}}}, "the rate of H is not within 0 and 1000 credits an hour");
  refused(RatesDeclared{now, {}, {{"H", most_rate + 1}}}, "the rate of H is not within 0 and 1000 credits an hour");
  refused(RatesDeclared{now, {}, {{"", 1}}}, "a kind has one name and one rate; '' has not");
  refused(RatesDeclared{now, {}, {{"H", 1}, {"H", 2}}}, "a kind has one name and one rate; 'H' has not");
  std::vector<Rate> many;
  for (int i = 0; i < 63; ++i) many.push_back({fmt::format("k{}", i), 1});
  refused(RatesDeclared{now, {}, many}, "at most 64 kinds of devices have rates");
  many.pop_back();
  EXPECT_TRUE(books.ledger.check(RatesDeclared{now, {}, many}, now));
  refused(RatesBegun{}, "no rates begin now");
  books.tell(RatesDeclared{now + days(2), {}, {{"H", 1}}});
  refused(RatesDeclared{now + days(2), {}, {{"H", 1}}},
          "rates are declared already from 2026-03-12T00:00:00Z; declare these from later");
  Books closed_books;
  const auto far = closed_books.ledger.check(RatesDeclared{start, hours(15), {{"H", 1}}}, start);
  EXPECT_EQ(far.error().message, "a zone is at most 14 hours from UTC");
  const auto early = closed_books.ledger.check(ProgrammeDeclared{of(Overrun::refuse), officer}, start);
  EXPECT_EQ(early.error().message, "declare rates first: without them nothing costs anything");
}

TEST_F(Refusing, Programmes) {
  refused(programme_with([](Programme& p) { p.name = ""; }), "a programme needs a name");
  refused(programme_with([](Programme& p) { p.tenant = "nowhere"; }),
          "tenant nowhere does not exist; declare it first");
  refused(programme_with([](Programme& p) { p.debt = -1; }), "the debt is at least 0");
  refused(programme_with([](Programme& p) { p.tenant = "firm"; }), "programme p is that of tenant state, and stays so");
  refused(programme_with([](Programme& p) { p.use.clear(); }),
          "programme p has grants under its rules of use, which stay");
  refused(programme_with([](Programme& p) { p.hours = DayHours{.from_minute = 60, .to_minute = 60}; }),
          "hours go from one time of the day to another, such as 20:00 to 08:00");
  refused(programme_with([](Programme& p) { p.hours = DayHours{.from_minute = 60, .to_minute = 1440}; }),
          "hours go from one time of the day to another, such as 20:00 to 08:00");
  refused(use({.at_percent = 0}), "use is looked at after 1% to 99% of the term, not after 0%");
  refused(use({.at_percent = 100}), "use is looked at after 1% to 99% of the term, not after 100%");
  refused(use({.least_percent = 0}), "at least 1% to 100% of even use may be asked for, not 0%");
  refused(use({.least_percent = 101}), "at least 1% to 100% of even use may be asked for, not 101%");
  refused(use({.second_notice = days(14)}),
          "the second notice comes after the first and before appeals end: found 14d and 14d");
  refused(programme_with([](Programme& p) {
            p.name = "new";
            p.use = {{.at_percent = 50}, {.at_percent = 50}};
          }),
          "rules of use come in order of their time");
}

TEST_F(Refusing, CallsAndApplications) {
  refused(CallOpened{CallId{0}, "x", "p", start, "", officer}, "the call is opened already");
  refused(CallOpened{CallId{1}, "x", "q", start, "", officer}, "programme q does not exist");
  refused(CallOpened{CallId{1}, "spring", "p", start, "", officer}, "there is a call spring already");
  refused(file([](auto& f) { f.application = ApplicationId{0}; }), "the application is filed already");
  refused(file([](auto& f) { f.call = CallId{9}; }), "no such call");
  refused(file([](auto& f) { f.tenant = "nowhere"; }), "tenant nowhere does not exist");
  refused(file([](auto& f) { f.name = "one"; }), "call spring has an application one already");
  refused(file([](auto& f) { f.asks.clear(); }), "an application asks for cards, for a month or more");
  refused(file([](auto& f) { f.months = 0; }), "an application asks for cards, for a month or more");
  refused(file([](auto& f) { f.asks = {{"Z", 1}}; }), "there are no cards of kind Z");
  refused(file([](auto& f) { f.asks = {{"H", 0}}; }), "an application asks for at least one card");
  refused(ApplicationReviewed{ApplicationId{7}, 1, "", officer}, "no such application");
  refused(ApplicationReviewed{filed, -1, "", officer}, "a score is within 0 and 10000");
  refused(ApplicationReviewed{filed, 1'000'001, "", officer}, "a score is within 0 and 10000");
  refused(CallDecided{CallId{9}, {}, {}, "", officer}, "no such call");
  refused(CallDecided{CallId{0}, {}, {}, "", officer}, "application one is neither chosen nor refused");
  refused(CallDecided{CallId{0}, {filed, filed}, {}, "", officer},
          "the decision names applications of other calls, or some twice");
  refused(award_with([&](auto& a) { a.application = filed; }), "application one is not decided yet");
  books.tell(CallDecided{CallId{0}, {filed}, {}, "", officer});
  refused(file([](auto&) {}), "call spring is decided");
  refused(ApplicationReviewed{filed, 1, "", officer}, "application one is decided");
  refused(CallDecided{CallId{0}, {filed}, {}, "", officer}, "call spring is decided");
}

TEST_F(Refusing, Awards) {
  refused(award_with([](auto& a) { a.grant = GrantId{0}; }), "the grant is awarded already");
  refused(award_with([](auto& a) { a.programme = "q"; }), "programme q does not exist");
  refused(award_with([](auto& a) { a.tenant = "firm"; }), "programme p awards to tenants of state, and firm is none");
  refused(award_with([](auto& a) { a.tenant = "states"; }),
          "programme p awards to tenants of state, and states is none");
  refused(award_with([](auto& a) { a.tenant = "state/x"; }), "tenant state/x does not exist; declare it first");
  refused(award_with([](auto& a) { a.kinds = {"Z"}; }), "there are no devices of kind Z");
  refused(award_with([](auto& a) { a.cards = -1; }), "a grant is for at least one card, or for any number: 0");
  refused(award_with([](auto& a) { a.lots.clear(); }), "a grant has at least one lot, and at most a thousand");
  refused(award_with([](auto& a) { a.lots.assign(1001, a.lots[0]); }),
          "a grant has at least one lot, and at most a thousand");
  refused(award_with([](auto& a) { a.lots[0].micro = 0; }), "a lot has some credits, and at most 10^12");
  refused(award_with([](auto& a) { a.lots[0].micro = most_micro + 1; }), "a lot has some credits, and at most 10^12");
  refused(award_with([](auto& a) { a.lots[0].to = start; }),
          "a lot ends after it begins, and later than now: found 2026-03-10T00:00:00Z to 2026-03-10T00:00:00Z");
  refused(award_with([](auto& a) { a.lots[0].micro = most_micro; }),
          "an account can be given at most 10^12 credits in all");
  refused(award_with([](auto& a) { a.application = ApplicationId{8}; }), "no such application");
  books.tell(CallDecided{CallId{0}, {filed}, {}, "", officer});
  refused(award_with([&](auto& a) {
            a.application = filed;
            a.tenant = "state";
          }),
          "application one is of state/lab");
  books.tell(award_with([&](auto& a) { a.application = filed; }));
  refused(award_with([&](auto& a) { a.application = filed; }), "application one has grant 2 already");
}

TEST_F(Refusing, Grants) {
  const GrantId none{9};
  for (const GrantId id : {none, closed}) {
    const std::string why = id == none ? "grant 9 does not exist" : "grant 1 is settled";
    refused(LotOpened{id, 0}, why);
    refused(LotLapsed{id, 0}, why);
    refused(UseChecked{id, 0, 0, 0, 0}, why);
    refused(AppealFiled{id, "", officer}, why);
    refused(AppealDecided{id, true, "", officer}, why);
    refused(GrantReduced{id, 0, 0, 0}, why);
    refused(GrantClosed{id, "", officer}, why);
    refused(CreditsRefunded{id, 1, "", officer}, why);
    refused(GrantSettled{id}, "the grant is not to be settled");
  }
  refused(LotOpened{grant, 0}, "the lot is open");
  refused(LotOpened{grant, 1}, "the lot is open");
  refused(LotLapsed{grant, 1}, "the lot is not open");
  refused(UseChecked{grant, 1, 0, 0, 0}, "no such rule of use");
  refused(UseChecked{grant, 0, 0, 0, 3}, "no such rule of use");
  refused(GrantReduced{grant, 0, -1, 0}, "use is not below zero");
  refused(AppealFiled{grant, "", officer}, "grant 0 was not warned: there is nothing to appeal against");
  refused(AppealDecided{grant, true, "", officer}, "grant 0 has no appeal to decide");
  refused(CreditsRefunded{grant, 1, "", officer},
          "of grant 0 between 0.000001 and 0.000000 credits can be refunded, which its open lots were charged");
  books.order(1, 1, 10);
  books.pass(hours(10));
  books.end(1);
  refused(CreditsRefunded{grant, 10 * credit + 1, "", officer},
          "of grant 0 between 0.000001 and 10.000000 credits can be refunded, which its open lots were charged");
  refused(CreditsRefunded{grant, 0, "", officer},
          "of grant 0 between 0.000001 and 10.000000 credits can be refunded, which its open lots were charged");
  EXPECT_TRUE(books.ledger.check(CreditsRefunded{grant, 10 * credit, "", officer}, books.now));
  books.go_to(start + days(15));
  books.tell(AppealFiled{grant, "", officer});
  refused(AppealFiled{grant, "", officer}, "the appeal of grant 0 is filed already");
}

// Images.

TEST(Ledger, AnImageReadBackSaysTheSameAndGoesOnAlike) {
  Books books = with(Overrun::debt, credit);
  books.award(30);
  books.order(1, 2, 10);
  books.pass(hours(1));
  ByteWriter writer;
  books.ledger.write(writer);
  Books other;
  ByteReader reader(writer.bytes());
  other.ledger = Ledger();
  other.ledger.read(reader);
  ASSERT_TRUE(reader.is_done());
  const std::vector<std::string> paths{"s/h", "s/c"};
  other.ledger.restore(Tenants({.roots = {tenant("state", {tenant("lab", {tenant("team")})}), tenant("firm")}}, paths),
                       paths, books.now);
  other.now = books.now;
  other.width = books.width;
  other.begun = books.begun;
  for (Books* each : {&books, &other}) {
    each->end(1);
    each->pass(days(40));
  }
  ByteWriter one;
  ByteWriter two;
  books.ledger.write(one);
  other.ledger.write(two);
  EXPECT_TRUE(std::equal(one.bytes().begin(), one.bytes().end(), two.bytes().begin(), two.bytes().end()));
}

}  // namespace
}  // namespace dure::ledger
