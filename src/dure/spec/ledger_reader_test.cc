#include "dure/spec/ledger_reader.h"

#include <gtest/gtest.h>

#include "dure/spec/json_value.h"

namespace dure::spec {
namespace {

using ledger::credit;
using ledger::Micro;

const Tenants tenants({.roots = {{.name = "nipa", .children = {{.name = "arm"}, {.name = "lab"}}}}}, {});
const KnownTenants known(tenants);
const Time now = *parse_time("2026-01-15T00:00:00Z");

Result<LedgerFile> read_file(std::string_view text) {
  const LedgerGround ground{.tenants = known, .now = now, .zone = hours(9), .rates = {{"A100", credit / 4}}};
  return read_text(text, "ledger.yaml", [&](const Node& node) { return read_ledger(node, ground); });
}

std::string mistakes_in_file(std::string_view text) {
  const auto file = read_file(text);
  return file ? "none" : file.error().message;
}

ledger::GrantAwarded grant(const std::string& rest) {
  const auto file = read_file("grants: [{programme: large, tenant: nipa/arm, " + rest + "}]\n");
  EXPECT_TRUE(file) << file.error().message;
  return file ? file->grants.front() : ledger::GrantAwarded{};
}

std::string refusal(const std::string& rest) {
  return mistakes_in_file("grants: [{programme: large, tenant: nipa/arm, " + rest + "}]\n");
}

Micro sum_of(const std::vector<ledger::LotSpec>& lots) {
  Micro sum = 0;
  for (const auto& lot : lots) sum += lot.micro;
  return sum;
}

TEST(LedgerReader, ReadsAllThatThereIs) {
  const auto file = read_file(R"(zone: +09:00
rates:
- {from: 2026-02-01, H200: 1, cpu: 0.000001}
- {from: 2026-07-01T00:00:00+09:00, H200: 2.5}
programmes:
- {name: large, tenant: nipa, overrun: {debt: 100}, emergency: true,
   use: [{at: 50%, least: 40%}, {at: 75%, least: 60%, second_notice: 1d, appeal: 2d}]}
- {name: small, tenant: nipa, overrun: borrow}
grants:
- {programme: large, tenant: nipa/arm, kinds: [H200], cards: 64, from: 2026-02-01, to: 2026-03-01, why: the first}
)");
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->rates.size(), 2);
  EXPECT_EQ(file->rates[0].from, *parse_time("2026-01-31T15:00:00Z"));
  EXPECT_EQ(file->rates[0].zone, hours(9));
  EXPECT_EQ(file->rates[0].rates, (std::vector<ledger::Rate>{{"H200", credit}, {"cpu", 1}}));
  EXPECT_EQ(file->rates[1].rates, (std::vector<ledger::Rate>{{"H200", 2'500'000}}));
  ASSERT_EQ(file->programmes.size(), 2);
  const ledger::Programme large{.name = "large",
                                .tenant = "nipa",
                                .overrun = ledger::Overrun::debt,
                                .debt = 100 * credit,
                                .is_emergency = true,
                                .use = {{50, 40, days(7), days(14)}, {75, 60, days(1), days(2)}}};
  EXPECT_EQ(file->programmes[0], large);
  EXPECT_EQ(file->programmes[1].overrun, ledger::Overrun::borrow);
  ASSERT_EQ(file->grants.size(), 1);
  EXPECT_EQ(file->grants[0].lots,
            (std::vector<ledger::LotSpec>{{*parse_time("2026-02-01T00:00:00+09:00"),
                                           *parse_time("2026-03-01T00:00:00+09:00"), Micro{64} * 28 * 24 * credit}}));
  EXPECT_EQ(file->grants[0].why, "the first");
  EXPECT_FALSE(file->grants[0].by);
}

TEST(LedgerReader, CountsFromNow) {
  EXPECT_EQ(read_file("rates: {H200: 1}")->rates[0].from, now);
  EXPECT_EQ(read_file("rates: {H200: 1}")->rates[0].zone, hours(9));
  EXPECT_EQ(read_file("{zone: Z, rates: {H200: 1}}")->rates[0].zone, Duration{});
  EXPECT_EQ(read_file("{zone: '-03:30', rates: {H200: 1}}")->rates[0].zone, Duration{} - minutes(210));
  const auto some = grant("credits: 0.5, for: 90d");
  EXPECT_EQ(some.lots, (std::vector<ledger::LotSpec>{{now, now + days(90), credit / 2}}));
  EXPECT_EQ(some.cards, 0);
  EXPECT_EQ(grant("credits: 1, from: 1d, for: 2d").lots[0].to, now + days(3));
  EXPECT_EQ(grant("credits: 1, to: 2d").lots[0].to, now + days(2));
}

TEST(LedgerReader, PricesCardsAtTheRateThatHoldsWhenTheTermBegins) {
  EXPECT_EQ(grant("kinds: [A100], cards: 8, for: 10h").lots[0].micro, 20 * credit);
  const auto later = read_file(R"(rates: [{from: 0, H200: 1}, {from: 10d, H200: 3}]
grants:
- {programme: p, tenant: nipa/arm, kinds: [H200], cards: 2, from: 9d, for: 1h}
- {programme: p, tenant: nipa/arm, kinds: [H200], cards: 2, from: 10d, for: 1h}
)");
  ASSERT_TRUE(later) << later.error().message;
  EXPECT_EQ(later->grants[0].lots[0].micro, 2 * credit);
  EXPECT_EQ(later->grants[1].lots[0].micro, 6 * credit);
  EXPECT_NE(refusal("kinds: [B200], cards: 8, for: 1h").find("'B200', which has no rate"), std::string::npos);
  EXPECT_NE(refusal("cards: 8, for: 1h").find("found no credits"), std::string::npos);
  EXPECT_NE(refusal("kinds: [A100], for: 1h").find("found no credits"), std::string::npos);
}

TEST(LedgerReader, SplitsByMonthsOfTheCalendarToTheLastMicro) {
  const auto months = grant("credits: 100.000001, from: 2026-01-01, to: 2027-01-01, lots: monthly").lots;
  ASSERT_EQ(months.size(), 12);
  EXPECT_EQ(sum_of(months), 100'000'001);
  EXPECT_EQ(months[1].from, *parse_time("2026-02-01T00:00:00+09:00"));
  EXPECT_EQ(months[1].to, *parse_time("2026-03-01T00:00:00+09:00"));
  EXPECT_LT(months[1].micro, months[0].micro);
  EXPECT_EQ(months[11].to, *parse_time("2027-01-01T00:00:00+09:00"));
  const auto parts = grant("credits: 90, from: 2026-02-15, to: 2026-07-02, lots: quarterly").lots;
  ASSERT_EQ(parts.size(), 3);
  EXPECT_EQ(parts[0].to, *parse_time("2026-04-01T00:00:00+09:00"));
  EXPECT_EQ(parts[2].from, *parse_time("2026-07-01T00:00:00+09:00"));
  EXPECT_EQ(sum_of(parts), 90 * credit);
  EXPECT_NE(refusal("credits: 0.000003, from: 2026-01-01, to: 2027-01-01, lots: monthly").find("so few credits"),
            std::string::npos);
}

TEST(LedgerReader, TakesLotsWithDatesOfTheirOwn) {
  const auto lots = grant("lots: [{for: 10d, credits: 1}, {from: 10d, for: 5d, credits: 2}]").lots;
  EXPECT_EQ(lots, (std::vector<ledger::LotSpec>{{now, now + days(10), credit},
                                                {now + days(10), now + days(15), 2 * credit}}));
  EXPECT_NE(refusal("lots: [{for: 10d, credits: 1}], credits: 5").find("unknown key 'credits'"), std::string::npos);
}

TEST(LedgerReader, NamesWhatIsWrongAndWhere) {
  EXPECT_EQ(mistakes_in_file("rates: {H200: 0.0000001}"),
            "ledger.yaml:1:15: rates.H200: found 0.0000001; write credits for an hour of such a device, from 0 to 1000 "
            "with at most 6 decimals");
  EXPECT_EQ(mistakes_in_file("rates: {H200: 1000}"), "none");
  EXPECT_NE(mistakes_in_file("rates: {H200: 1000.000001}"), "none");
  EXPECT_EQ(mistakes_in_file("rates: [{H200: 1}]"),
            "ledger.yaml:1:9: rates[0].from: missing; write the time from which they hold");
  EXPECT_EQ(mistakes_in_file("rates: {}"),
            "ledger.yaml:1:8: rates: found an empty mapping; write rates such as {H200: 1, cpu: 0.01}");
  EXPECT_NE(mistakes_in_file("rates: [{from: 2d}]"), "none");
  EXPECT_NE(mistakes_in_file("rates: [{from: 2d, H200: 1}, {from: 1d, H200: 1}]").find("in the order of their times"),
            std::string::npos);
  EXPECT_EQ(mistakes_in_file("programmes: [{name: p, tenant: nipa/arn}]"),
            "ledger.yaml:1:32: programmes[0].tenant: found the unknown tenant 'nipa/arn'; did you mean 'nipa/arm'?");
  EXPECT_NE(
      mistakes_in_file("programmes: [{name: p, tenant: nipa, overrun: stop}]").find("refuse, finish, borrow or {debt"),
      std::string::npos);
  EXPECT_NE(
      mistakes_in_file("programmes: [{name: p, tenant: nipa, use: [{at: 100%, least: 1%}]}]").find("from 1% to 99%"),
      std::string::npos);
  EXPECT_NE(mistakes_in_file("programmes: [{name: p, tenant: nipa}, {name: p, tenant: nipa}]").find("second programme"),
            std::string::npos);
  EXPECT_NE(mistakes_in_file("zone: Seoul").find("a zone such as +09:00"), std::string::npos);
  EXPECT_NE(mistakes_in_file("{}").find("rates, programmes or grants"), std::string::npos);
  EXPECT_NE(refusal("credits: 0, for: 1d").find("credits above 0"), std::string::npos);
  EXPECT_NE(refusal("credits: 1").find("neither to nor for"), std::string::npos);
  EXPECT_NE(refusal("credits: 1, to: 2026-01-14").find("later than the beginning, and than now"), std::string::npos);
  EXPECT_NE(refusal("credits: 1, from: 2d, to: 1d").find("later than the beginning"), std::string::npos);
  EXPECT_NE(refusal("credit: 1, for: 1d").find("did you mean 'credits'"), std::string::npos);
}

TEST(LedgerReader, IsExactBothWays) {
  for (const auto* text : {"0", "1", "0.000001", "12.5", "999999999999.999999", "1000000000000"}) {
    const auto micro = parse_credits(text);
    ASSERT_TRUE(micro) << text;
    EXPECT_EQ(credits_text(*micro), text);
  }
  for (const auto* text : {"", ".5", "1.", "-1", "1e3", "1.0000001", "1000000000000.000001", "1.2.3", "+1"}) {
    EXPECT_FALSE(parse_credits(text)) << text;
  }
  EXPECT_EQ(credits_text(-1'500'000), "-1.5");
  EXPECT_EQ(credits_text(std::numeric_limits<Micro>::min()), "-9223372036854.775808");
  EXPECT_EQ(parse_ask("H200:8"), (ledger::Ask{"H200", 8}));
  for (const auto* text : {"H200", "H200:", ":8", "H200:0", "H200:1.5", "H200:1000001"}) {
    EXPECT_FALSE(parse_ask(text)) << text;
  }
}

TEST(LedgerReader, ReadsWhatGuestsAreHeldTo) {
  const auto file = read_file(
      "programmes: [{name: cloud, tenant: nipa, hours: {from: 20:00, to: 08:30}, isolation: node, burst: true}]\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->programmes.front().hours, (ledger::DayHours{1200, 510}));
  EXPECT_EQ(file->programmes.front().isolation, ledger::Isolation::node);
  EXPECT_TRUE(file->programmes.front().bursts);
  for (const char* wrong : {"{from: 20:00}", "{from: 24:00, to: 08:00}", "{from: 8:00, to: 09:00}", "night",
                            "{from: 08:00, to: 08:00}", "{from: 08:60, to: 09:00}"}) {
    EXPECT_FALSE(read_file(std::string("programmes: [{name: cloud, tenant: nipa, hours: ") + wrong + "}]\n")) << wrong;
  }
}

}  // namespace
}  // namespace dure::spec
