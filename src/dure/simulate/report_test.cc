#include "dure/simulate/report.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <limits>
#include <string_view>

#include "dure/simulate/report/axis.h"
#include "dure/simulate/report/text.h"

namespace dure::simulate {
namespace {

// Returns what is wrong with the nesting of the page's elements, or nothing. Every element is closed here,
// the empty ones by `/>`, so a stack is enough.
std::string nesting_error(std::string_view html) {
  std::vector<std::string> open;
  for (std::size_t at = html.find('<', 1); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const std::string_view tag = html.substr(at + 1, html.find('>', at) - at - 1);
    const std::string name(tag.substr(0, tag.find_first_of(" \n/", 1)));
    if (tag.ends_with('/')) continue;
    if (tag.starts_with('/')) {
      if (open.empty() || "/" + open.back() != tag) return "unexpected <" + std::string(tag) + ">";
      open.pop_back();
      continue;
    }
    open.push_back(name);
    if (name == "script" || name == "style") at = html.find("</" + name, at) - 1;
  }
  return open.empty() ? "" : "unclosed <" + open.back() + ">";
}

void expect_sound(const ReportInput& input) {
  const std::string html = report_html(input);
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>\n"));
  EXPECT_EQ(nesting_error(html), "");
  for (const std::string_view outside : {"http:", "https:", "src=", "href=", "url(", "@import", "//"}) {
    // A comment of the script is the one place where two slashes may stand.
    const std::size_t from = outside == "//" ? html.find("</head>") : 0;
    EXPECT_EQ(html.find(outside, from), std::string::npos) << outside;
  }
  for (const std::string_view mistake : {">nan", "\"nan", " nan", ",nan", "[nan", "nan%", "inf%"}) {
    EXPECT_EQ(html.find(mistake, html.find("</head>")), std::string::npos) << mistake;
  }
}

ReportInput week() {
  ReportInput input{
      .summary = {.scenario = "week", .policy = "dure", .seed = 1, .jobs_total = 10}, .unit = "GPU", .dated = true};
  const Time begin = *parse_time("2026-11-22T15:00:00Z");
  for (int i = 0; i < 168; ++i) {
    input.samples.push_back({begin + hours(i), i % 24 / 24.0, static_cast<std::uint64_t>(i % 7), 100});
  }
  input.waits = {{1, 1, 8, 0.5, 60, 4000, 90'000}, {2, 7, 0, 0, 0, 0, 0}, {8, 15, 2, 0, 0, 0, 0}};
  input.tenants = {{"nipa/arm", 90, 0.9, 0.5, 8, 3}, {"naver", 10, 0.1, 0, 2, 0}};
  input.summary.utilisation = 0.8;
  return input;
}

ReportInput with_forecasts() {
  ReportInput input = week();
  ForecastSummary& forecasts = input.summary.forecasts.emplace();
  for (std::size_t t = 0; t < teller_count; ++t) {
    forecasts.all[t] = {.forecasts = 100, .covered = 0.79, .median_width = 3600, .median_error = 600, .pinball = 200};
    forecasts.by_horizon[t][1] = forecasts.all[t];
    forecasts.by_horizon[t][1].below = {0.1, 0.45, 0.92};
  }
  return input;
}

TEST(Report, ShowsForecastsWhereThereAreSome) {
  expect_sound(with_forecasts());
  const std::string html = report_html(with_forecasts());
  EXPECT_NE(html.find("Forecasts of starts"), std::string::npos);
  EXPECT_NE(html.find("cy=\"8.0%\""), std::string::npos);  // p90, by which 92 % had started
  EXPECT_EQ(html.find("horizon h2"), std::string::npos);   // too few to draw
  EXPECT_EQ(report_html(week()).find("Forecasts of starts"), std::string::npos);
  ReportInput nobody = week();
  nobody.summary.forecasts.emplace();
  expect_sound(nobody);
  EXPECT_NE(report_html(nobody).find("No job waited"), std::string::npos);
}

ReportInput with_a_ledger() {
  ReportInput input = week();
  input.summary.owners = {
      {.path = "state", .jobs = 9, .gpu_hours = 900, .guaranteed_gpu_hours = 1000, .p95_wait_s = 60}, {.path = "firm"}};
  input.summary.programmes = {{.path = "state/large", .jobs = 7, .gpu_hours = 700, .p50_wait_s = 30}};
  input.summary.ledger = {
      .programmes =
          {{.programme = "large", .tenant = "state/large", .grants = 3, .cards = 24, .awarded = 4000, .charged = 1000}},
      .loans =
          {{.lender = "", .borrower = "state", .gpu_hours = 25},
           {.lender = "firm", .borrower = "state", .gpu_hours = 100, .reclaims = 4, .late = 1, .longest_reclaim_s = 90},
           {.lender = "state", .borrower = "firm", .gpu_hours = 50}},
      .owners = {{.owner = "", .lent = 25},
                 {.owner = "firm", .lent = 100, .borrowed = 50},
                 {.owner = "state", .lent = 50, .borrowed = 125}},
      .taken_back = {.warned = 2,
                     .reduced = 1,
                     .reawarded = 1,
                     .cards_freed = 8,
                     .cards_reawarded = 8,
                     .credits = 640,
                     .used_gpu_hours = 300}};
  return input;
}

TEST(Report, ShowsWhoLentWhatToWhom) {
  expect_sound(with_a_ledger());
  const std::string html = report_html(with_a_ledger());
  const auto shows = [&](std::string_view part) { return html.find(part) != std::string::npos; };
  EXPECT_TRUE(
      shows("<th scope=\"row\">state</th><td class=\"number\">9</td><td class=\"number\">900</td>"
            "<td class=\"number\">90.0%</td><td class=\"number\">50</td><td class=\"number\">125</td>"));
  EXPECT_TRUE(
      shows("<th scope=\"row\">firm</th><td class=\"number\"></td><td class=\"number\">"
            "<span class=\"shade\" style=\"opacity:1.00\"></span>100</td><td class=\"number sum\">100</td>"));
  EXPECT_TRUE(shows("<th scope=\"row\">nobody</th>"));
  EXPECT_TRUE(
      shows("<th scope=\"row\">Borrowed</th><td class=\"number sum\">50</td><td class=\"number sum\">125</td>"
            "<td class=\"number sum\">175</td>"));
  EXPECT_TRUE(shows("Devices were taken back 4 times, 1 of them later than promised; the longest took"));
}

TEST(Report, ShowsProgrammesAndWhatWasTakenBack) {
  const std::string html = report_html(with_a_ledger());
  const auto shows = [&](std::string_view part) { return html.find(part) != std::string::npos; };
  EXPECT_TRUE(
      shows("<th scope=\"row\">large</th><td>state/large</td>"
            "<td class=\"number\">24</td><td class=\"number\">4,000</td><td class=\"number\">1,000</td>"
            "<td class=\"number\">25.0%</td>"));
  EXPECT_TRUE(shows("<dt>Cards awarded again</dt><dd class=\"value\">8</dd><dd class=\"detail\">in 1 grant</dd>"));
  ReportInput nothing = with_a_ledger();
  nothing.summary.ledger = LedgerSummary();
  expect_sound(nothing);
  EXPECT_NE(report_html(nothing).find("Nobody lent anything"), std::string::npos);
  EXPECT_NE(report_html(nothing).find("No grant was warned or reduced"), std::string::npos);
}

TEST(Report, IsSilentOfOwnersWhereThereAreNone) {
  for (const char* heading : {"Owners and loans", "Programmes", "Taken back"}) {
    EXPECT_EQ(report_html(week()).find(heading), std::string::npos) << heading;
  }
  ReportInput owned = with_a_ledger();
  owned.summary.ledger.reset();
  expect_sound(owned);
  EXPECT_NE(report_html(owned).find("Owners and loans"), std::string::npos);
  EXPECT_EQ(report_html(owned).find("Lent"), std::string::npos);
}

TEST(Report, IsOneSoundPageWithoutTheNetwork) { expect_sound(week()); }

TEST(Report, TellsOfTheJobsThatRanAndHowTheyWaited) {
  ReportInput input = week();
  const auto tells = [&](std::string_view sentence) { return report_html(input).find(sentence) != std::string::npos; };
  EXPECT_TRUE(tells("No job ran."));
  input.summary.jobs_completed = 7;
  input.summary.jobs_timed_out = 1;
  EXPECT_TRUE(tells("8 jobs over "));
  EXPECT_TRUE(tells("Nineteen in twenty of them did not wait; "));
  input.summary.p95_wait_s = 60;
  EXPECT_TRUE(tells("Half of them did not wait, nineteen in twenty waited no longer than " + span_text(60) + "; "));
  input.summary.p50_wait_s = 30;
  EXPECT_TRUE(tells("Half of them waited no longer than " + span_text(30) + ", nineteen in twenty no longer than " +
                    span_text(60) + "; "));
}

TEST(Report, EscapesWhatComesFromOutside) {
  ReportInput input = week();
  const std::string evil = "</script><script>alert('1 & \"2\"')</script>";
  input.summary.scenario = input.summary.policy = input.summary.digest = evil;
  input.summary.rejected_by_reason = {{evil, 1}};
  input.tenants[0].path = evil;
  input.unit = evil;
  input.summary.owners = {{.path = evil, .guaranteed_gpu_hours = 1}};
  input.summary.ledger = {.programmes = {{.programme = evil, .tenant = evil}},
                          .loans = {{.lender = evil, .borrower = evil, .gpu_hours = 1}},
                          .owners = {},
                          .taken_back = {.warned = 1}};
  input.facts = {{evil, evil}};
  expect_sound(input);
  EXPECT_EQ(report_html(input).find("<script>alert"), std::string::npos);
}

TEST(Report, BearsWhatLittleThereIs) {
  expect_sound({.unit = "CPU"});
  ReportInput one = week();
  one.samples.resize(1);
  expect_sound(one);
  ReportInput same = week();
  for (Sample& sample : same.samples) sample.time = same.samples[0].time;
  expect_sound(same);
  ReportInput undated = week();
  undated.dated = false;
  for (std::size_t i = 0; i < undated.samples.size(); ++i)
    undated.samples[i].time = Time{} + hours(static_cast<std::int64_t>(100 * i));
  expect_sound(undated);
  ReportInput no_waits = week();
  for (WaitBySize& row : no_waits.waits) row.p50_s = row.p90_s = row.p99_s = row.max_s = 0;
  expect_sound(no_waits);
}

TEST(Report, ShowsADashForWhatIsNoNumber) {
  ReportInput input = week();
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  input.summary.utilisation = input.summary.p50_wait_s = input.summary.avg_bounded_slowdown = nothing;
  input.samples[3].busy_share = nothing;
  input.waits[0].p99_s = std::numeric_limits<double>::infinity();
  input.tenants[0].share = nothing;
  expect_sound(input);
}

TEST(Report, SumsTheTenantsBeyondTheFirstTwenty) {
  ReportInput input = week();
  input.tenants.assign(25, {"many", 1, 0.04, 0, 1, 0});
  EXPECT_NE(report_html(input).find(">5 others<"), std::string::npos);
}

TEST(Report, HasTheSamplesAsJson) {
  const std::string html = report_html(week());
  const std::string_view mark = "id=\"samples\">";
  const std::size_t begin = html.find(mark) + mark.size();
  const boost::json::object json =
      boost::json::parse(html.substr(begin, html.find("</script>", begin) - begin)).as_object();
  EXPECT_EQ(json.at("starts").as_array().size(), 168u);
  EXPECT_EQ(json.at("moments").at(0).as_string(), "Sun 22 Nov 2026, 15:00");
  EXPECT_EQ(json.at("series").at("pending").at("texts").at(6).as_string(), "6");
}

// Units are set off by a space that does not break.
std::string plain(std::string text) {
  for (std::size_t at; (at = text.find("\u00a0")) != std::string::npos;) text.replace(at, 2, " ");
  return text;
}

TEST(ReportText, ReadsLikeSpeech) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'000'000), "1,000,000");
  EXPECT_EQ(decimal_text(7.04), "7");
  EXPECT_EQ(decimal_text(12.34), "12.3");
  EXPECT_EQ(plain(compact_text(12'500)), "12.5 k");
  EXPECT_EQ(percent_text(0.9342), "93.4%");
  EXPECT_EQ(percent_text(0.0001), "<0.1%");
  EXPECT_EQ(plain(span_text(0)), "0 s");
  EXPECT_EQ(plain(span_text(9.94)), "9.9 s");
  EXPECT_EQ(plain(span_text(59.6)), "1 min");
  EXPECT_EQ(plain(span_text(200)), "3 min 20 s");
  EXPECT_EQ(plain(span_text(3 * 3600 + 1200)), "3 h 20 min");
  EXPECT_EQ(plain(span_text(2 * 86'400 + 7 * 3600)), "2 d 7 h");
  EXPECT_EQ(plain(span_text(41 * 86'400)), "41 d");
  EXPECT_EQ(moment_text(Time{} + days(2) + hours(14), false), "day 3, 14:00");
}

std::string labels(const std::vector<Tick>& ticks) {
  std::string text;
  for (const Tick& tick : ticks) text += (text.empty() ? "" : "|") + plain(tick.label);
  return text;
}

TEST(ReportAxis, HasRoundTicks) {
  EXPECT_EQ(labels(count_axis(0).ticks), "0|1");
  EXPECT_EQ(labels(count_axis(3).ticks), "0|1|2|3");
  EXPECT_EQ(labels(count_axis(9'779).ticks), "0|2,000|4,000|6,000|8,000|10 k");
  EXPECT_EQ(labels(share_axis(0.11).ticks), "0%|2.5%|5%|7.5%|10%|12.5%");
  EXPECT_EQ(labels(share_axis(1).ticks), "0%|20%|40%|60%|80%|100%");
  EXPECT_EQ(labels(wait_axis(0).ticks), "≤ 1 s|10 s|1 min");
  EXPECT_EQ(labels(wait_axis(7000).ticks), "≤ 1 s|10 s|1 min|10 min|1 h|6 h");
}

TEST(ReportAxis, MarksRoundTimes) {
  const Time begin = *parse_time("2026-11-22T15:00:00Z");
  EXPECT_EQ(labels(time_ticks(begin, begin + hours(9), true)),
            "15:00|16:00|17:00|18:00|19:00|20:00|21:00|22:00|23:00|23 Nov");
  EXPECT_EQ(labels(time_ticks(begin, begin + days(30), true)), "23 Nov|30 Nov|7 Dec|14 Dec|21 Dec");
  EXPECT_EQ(labels(time_ticks(begin, begin + days(200), true)), "Dec|2027|Feb|Mar|Apr|May|Jun");
  EXPECT_EQ(labels(time_ticks(Time{}, Time{} + days(50), false)), "0|5 d|10 d|15 d|20 d|25 d|30 d|35 d|40 d|45 d|50 d");
}

}  // namespace
}  // namespace dure::simulate
