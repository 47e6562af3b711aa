// Ledgers to try, and what the tests of them share.
#pragma once

#include "dure/ledger/ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <functional>

namespace dure::ledger {

inline const Time start = *parse_time("2026-03-10T00:00:00Z");
constexpr PoolId cards{0};
constexpr PoolId cpus{1};
constexpr UserId officer{0};
constexpr TenantId state_tenant{0};
constexpr TenantId lab{1};
constexpr TenantId team{2};
constexpr TenantId firm{3};

inline TenantSpec tenant(std::string name, std::vector<TenantSpec> children = {}) {
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

inline Programme of(Overrun overrun, Micro debt = 0) {
  return {.name = "p", .tenant = "state/lab", .overrun = overrun, .debt = debt, .use = {}};
}

inline Books with(Overrun overrun, Micro debt = 0) {
  Books books;
  books.open();
  books.programme(of(overrun, debt));
  return books;
}

inline const UseRule half{.at_percent = 50, .least_percent = 40, .second_notice = days(7), .appeal = days(14)};

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

}  // namespace dure::ledger
