#include <gtest/gtest.h>

#include "dure/ledger/test_books.h"

namespace dure::ledger {
namespace {

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
          "of grant 0 nothing can be refunded: its open lots were charged nothing");
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

}  // namespace
}  // namespace dure::ledger
