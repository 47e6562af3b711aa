#include <gtest/gtest.h>

#include "dure/ledger/test_books.h"

namespace dure::ledger {
namespace {

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

TEST(Ledger, NobodyBelowLoosensTheRulesOfAProgrammeAbove) {
  Books books;
  books.open();
  Programme above = of(Overrun::refuse);
  above.tenant = "state";
  books.programme(above);
  books.award(10);
  Programme own = of(Overrun::debt, 1000 * credit);
  own.name = "own";
  own.tenant = "state/lab";
  books.programme(own);
  books.tell(GrantAwarded{.grant = GrantId{1},
                          .programme = "own",
                          .tenant = "state/lab",
                          .kinds = {},
                          .lots = {{books.now, books.now + days(1), 1}},
                          .application = {},
                          .why = {},
                          .by = officer});
  EXPECT_EQ(books.account().purse.overrun, Overrun::refuse);
}

TEST(Ledger, CardsCountFromWhenTheirGrantBegins) {
  Books books = with(Overrun::refuse);
  books.award({{books.now, books.now + days(2), 10 * credit}}, {"H"}, 1);
  books.award({{books.now + days(1), books.now + days(2), 10 * credit}}, {"H"}, 2);
  EXPECT_EQ(books.room(1), 1000);
  books.pass(days(1));
  EXPECT_EQ(books.room(1), 3000);
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
  EXPECT_EQ(books.ledger.rate_of(cpus), 100'000) << "what a table does not name costs what it did";
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
