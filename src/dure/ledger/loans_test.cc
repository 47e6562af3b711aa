#include "dure/ledger/loans.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <initializer_list>

#include "dure/ledger/ledger.h"

namespace dure::ledger {
namespace {

constexpr Party a = 1;
constexpr Party b = 2;
constexpr Party c = 3;

struct Holder {
  Party party = nobody;
  std::int64_t share = 0;
  std::int64_t held = 0;
  std::int64_t urgent = 0;
};

// `lender>borrower reason milli` each, in order.
std::string flows(std::initializer_list<Holder> holders) {
  LoanBook book;
  std::vector<LoanBook::Standing> shares;
  for (const Holder& one : holders) shares.push_back({.party = one.party, .share_milli = one.share});
  book.set_shares(shares, {});
  for (const Holder& one : holders) {
    book.hold(one.party, one.urgent, true, {});
    book.hold(one.party, one.held - one.urgent, false, {});
  }
  std::string text;
  for (const LoanBook::Flow& flow : book.flows()) {
    text += fmt::format("{}{}>{} {} {}", text.empty() ? "" : ", ", flow.lender, flow.borrower, to_text(flow.reason),
                        flow.milli);
  }
  return text;
}

TEST(Loans, WhoHasWhoseDevices) {
  struct Row {
    const char* name;
    std::initializer_list<Holder> holders;
    const char* flows;
  };
  const Row rows[] = {
      {"nobody has more than its share", {{a, 4000, 4000}, {b, 4000, 1000}}, ""},
      {"a guest", {{a, 4000, 1000}, {b, 0, 2000}}, "1>2 idle 2000"},
      {"an owner beyond its share", {{a, 4000, 1000}, {b, 1000, 3000}}, "1>2 burst 2000"},
      {"what no owner leaves idle is nobody's", {{a, 4000, 3000}, {b, 0, 2000}}, "1>2 idle 1000, 0>2 idle 1000"},
      {"without owners", {{a, 0, 500}}, "0>1 idle 500"},
      {"in proportion to what is idle", {{a, 3000, 0}, {b, 1000, 0}, {c, 0, 2000}}, "1>3 idle 1500, 2>3 idle 500"},
      {"what rounding leaves over is of the first", {{a, 1000, 0}, {b, 1000, 0}, {c, 0, 1}}, "1>3 idle 1"},
      {"of the first that has it", {{a, 1, 0}, {b, 1000, 0}, {c, 0, 1000}}, "1>3 idle 1, 2>3 idle 999"},
      {"borrowers in order", {{a, 3000, 0}, {b, 0, 1000}, {c, 0, 1500}}, "1>2 idle 1000, 1>3 idle 1500"},
      {"an emergency first", {{a, 4000, 0}, {b, 1000, 3000, 500}}, "1>2 emergency 500, 1>2 burst 1500"},
      {"as far as it is borrowed", {{a, 4000, 0}, {b, 1000, 1500, 900}}, "1>2 emergency 500"},
  };
  for (const Row& row : rows) EXPECT_EQ(flows(row.holders), row.flows) << row.name;
}

TEST(Loans, TheyAddUpOverTime) {
  LoanBook book;
  const auto at = [](std::int64_t hour) { return Time{} + hours(hour); };
  book.set_shares({{.party = a, .share_milli = 2000}}, {});
  book.hold(b, 1000, false, at(1));
  book.hold(a, 2000, false, at(3));
  book.hold(b, -1000, false, at(6));
  book.bring_up_to(at(9));
  const std::vector<Loan> loans = book.take();
  ASSERT_EQ(loans.size(), 2u);
  EXPECT_EQ(loans[0].lender, a);
  EXPECT_EQ(loans[0].used, Wide{1000} * hours(2).ns);
  EXPECT_EQ(loans[1].lender, nobody);
  EXPECT_EQ(loans[1].used, Wide{1000} * hours(3).ns);
  EXPECT_FALSE(book.is_noting());
}

TEST(Loans, OtherSharesCountFromTheirTimeOn) {
  LoanBook book;
  book.set_shares({{.party = a, .share_milli = 2000}}, {});
  book.hold(b, 1000, false, {});
  book.set_shares({{.party = b, .share_milli = 1000}}, Time{} + hours(1));
  book.bring_up_to(Time{} + hours(2));
  const std::vector<Loan> loans = book.take();
  ASSERT_EQ(loans.size(), 1u);
  EXPECT_EQ(loans[0].used, Wide{1000} * hours(1).ns);
}

TEST(Loans, AReclaimIsLateAfterItsPromise) {
  Reclaims back;
  back.add(minutes(10), minutes(10));
  back.add(minutes(10), minutes(10) + Duration{1});
  EXPECT_EQ(back.times, 2u);
  EXPECT_EQ(back.late, 1u);
  EXPECT_EQ(back.longest, minutes(10) + Duration{1});
  EXPECT_EQ(back.sum, Wide{minutes(20).ns} + 1);
}

// A pool of which `a` owns four, in a ledger that tells months by Seoul's clock.
class OverMonths : public testing::Test {
 protected:
  OverMonths() {
    const auto root = [](const char* name) {
      return TenantSpec{.name = name, .quotas = {}, .children = {}, .fairness = {}};
    };
    const std::vector<std::string> paths{"s/h"};
    ledger.set_pools({{"s/h", "H", {{"a", 4000}, {"c", 1000}}}}, begin);
    ledger.set_tenants(Tenants({.roots = {root("a"), root("b"), root("c")}}, paths));
    ledger.apply(Change(RatesDeclared{begin, hours(9), {{"H", credit}}}), begin);
  }
  // `month lender>borrower reason hours reclaims late` each.
  std::string told(Time now) const {
    std::string text;
    for (const Loan& loan : ledger.loans(now)) {
      text += fmt::format("{}{} {}>{} {} {} {} {}", text.empty() ? "" : ", ", to_text(loan.month),
                          ledger.parties()[loan.lender], ledger.parties()[loan.borrower], to_text(loan.reason),
                          static_cast<std::int64_t>(loan.used / 1000 / hours(1).ns), loan.reclaims.times,
                          loan.reclaims.late);
    }
    return text;
  }

  const Time begin = *parse_time("2026-01-31T12:00:00Z");  // three hours before February in Seoul
  Ledger ledger;
};

TEST_F(OverMonths, LoansAreCutAtTheirEnds) {
  ledger.order(JobId{1}, TenantId{1}, PoolId{0}, 1000, hours(5000), begin);
  EXPECT_EQ(told(begin + hours(3)), "2026-01 a>b idle 2 0 0, 2026-01 c>b idle 0 0 0");
  EXPECT_EQ(told(begin + hours(8)),
            "2026-01 a>b idle 2 0 0, 2026-01 c>b idle 0 0 0, 2026-02 a>b idle 4 0 0, 2026-02 c>b idle 1 0 0");
  const Time end = begin + hours(3) + days(28) + hours(10);
  ledger.end(JobId{1}, TenantId{1}, PoolId{0}, 1000, {.ran = {}, .lost = {}}, end);
  EXPECT_EQ(told(end + days(90)),
            "2026-01 a>b idle 2 0 0, 2026-01 c>b idle 0 0 0, 2026-02 a>b idle 537 0 0, 2026-02 c>b idle 134 0 0, "
            "2026-03 a>b idle 8 0 0, 2026-03 c>b idle 2 0 0");
}

// `c` owns a part of the pool, and `b` nothing.
TEST_F(OverMonths, AReclaimIsOfTheReasonOfItsLoan) {
  ledger.order(JobId{1}, TenantId{1}, PoolId{0}, 1000, hours(9), begin);
  ledger.order(JobId{2}, TenantId{2}, PoolId{0}, 2000, hours(9), begin);
  ledger.reclaimed(JobId{1}, TenantId{0}, TenantId{1}, PoolId{0}, minutes(10), begin, begin + minutes(10));
  ledger.reclaimed(JobId{2}, TenantId{0}, TenantId{2}, PoolId{0}, minutes(10), begin, begin + minutes(11));
  ledger.reclaimed(JobId{2}, TenantId{2}, TenantId{2}, PoolId{0}, minutes(10), begin, begin + minutes(11));
  EXPECT_EQ(told(begin + hours(1)), "2026-01 a>c burst 1 1 1, 2026-01 a>b idle 1 1 0");
}

}  // namespace
}  // namespace dure::ledger
