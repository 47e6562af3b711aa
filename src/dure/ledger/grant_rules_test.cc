#include <gtest/gtest.h>

#include "dure/ledger/test_books.h"

namespace dure::ledger {
namespace {

// Use.

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

TEST_F(Called, WhatIsClosedEarlyGoesToWhoIsNextAndFits) {
  const ApplicationId first = apply("first", "state/lab", 8);
  const ApplicationId large = apply("large", "state/lab/team", 9);
  const ApplicationId small = apply("small", "state/lab/team", 5);
  const ApplicationId last = apply("last", "state", 3);
  books.tell(CallDecided{CallId{0}, {first}, {{large, "too large"}, {small, ""}, {last, ""}}, "", officer});
  award(first, 8);
  books.go_to(start + days(10));
  books.tell(GrantClosed{GrantId{0}, "the project has ended", officer});
  const std::vector<Grant>& grants = books.ledger.grants();
  ASSERT_EQ(grants.size(), 3u) << "eight are free: five for the one, three for the other";
  EXPECT_EQ(grants[1].application, small);
  EXPECT_EQ(grants[2].application, last);
  EXPECT_EQ(grants[1].to, *parse_time("2026-05-20T00:00:00Z")) << "its two months, which end before the first's";
  EXPECT_EQ(grants[1].steps.front().by, std::nullopt);
  EXPECT_EQ(books.ledger.calls()[0].waiting, std::vector<ApplicationId>{large});
  EXPECT_TRUE(books.ledger.calls()[0].freed.empty());
}

TEST_F(Called, WhatIsLeftOfReducedCardsIsFreeWhenTheGrantIsClosed) {
  const ApplicationId first = apply("first", "state/lab", 8);
  const ApplicationId large = apply("large", "state", 8);
  books.tell(CallDecided{CallId{0}, {first}, {{large, "too large"}}, "", officer});
  award(first, 8);
  books.order(1, 1, 100);
  books.go_to(start + days(64));
  ASSERT_EQ(books.ledger.grants()[0].cards_kept, 2);
  ASSERT_EQ(books.ledger.grants().size(), 1u) << "a part of them is too few";
  books.tell(GrantClosed{GrantId{0}, "", officer});
  ASSERT_EQ(books.ledger.grants().size(), 2u);
  EXPECT_EQ(books.ledger.grants()[1].application, large);
  EXPECT_EQ(books.ledger.grants()[1].cards, 8);
}

TEST_F(Called, AGrantThatIsOverLeavesNothingToWhoWaits) {
  Programme lenient = books.ledger.programmes()[0];
  lenient.use.clear();
  books.programme(lenient);
  const ApplicationId first = apply("first", "state/lab", 8);
  const ApplicationId next = apply("next", "state", 1);
  books.tell(CallDecided{CallId{0}, {first}, {{next, ""}}, "", officer});
  award(first, 8);
  books.go_to(start + days(100));
  EXPECT_EQ(books.ledger.grants().size(), 1u);
  EXPECT_EQ(books.ledger.grants()[0].status, GrantStatus::settled);
  EXPECT_TRUE(books.ledger.calls()[0].freed.empty());
}

TEST_F(Called, WhatIsClosedBeforeItBeginsIsAwardedFromItsBeginOn) {
  const Time begin = start + days(30);
  books.tell(CallOpened{CallId{1}, "summer", "p", begin, "", officer});
  for (const std::uint32_t id : {0u, 1u}) {
    const std::string name(1, static_cast<char>('a' + id));
    books.tell(ApplicationFiled{ApplicationId{id}, CallId{1}, name, "state/lab", {{"H", 2}}, 1, "", officer});
  }
  books.tell(CallDecided{CallId{1}, {ApplicationId{0}}, {{ApplicationId{1}, ""}}, "", officer});
  books.tell(GrantAwarded{.grant = GrantId{0},
                          .programme = "p",
                          .tenant = "state/lab",
                          .kinds = {"H"},
                          .cards = 2,
                          .lots = {{begin, begin + days(100), 1000 * credit}},
                          .application = ApplicationId{0},
                          .why = {},
                          .by = officer});
  books.tell(GrantClosed{GrantId{0}, "", officer});
  ASSERT_EQ(books.ledger.grants().size(), 2u);
  EXPECT_EQ(books.ledger.grants()[1].from, begin);
  EXPECT_EQ(books.ledger.grants()[1].to, *parse_time("2026-05-09T00:00:00Z"));
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

}  // namespace
}  // namespace dure::ledger
