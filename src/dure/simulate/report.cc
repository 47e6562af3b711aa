#include "dure/simulate/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "dure/simulate/report/assets.h"
#include "dure/simulate/report/figures.h"
#include "dure/simulate/report/forecast_chart.h"
#include "dure/simulate/report/html.h"
#include "dure/simulate/report/loan_matrix.h"
#include "dure/simulate/report/owner_tables.h"
#include "dure/simulate/report/tenant_chart.h"
#include "dure/simulate/report/text.h"
#include "dure/simulate/report/time_chart.h"
#include "dure/simulate/report/wait_chart.h"

namespace dure::simulate {
namespace {

std::string of_all(std::uint64_t part, std::uint64_t all) {
  if (part == 0 || all == 0) return "";
  return fmt::format("{} of all jobs", percent_text(static_cast<double>(part) / static_cast<double>(all)));
}

std::string waits(const Summary& summary) {
  if (summary.p95_wait_s <= 0) return "Nineteen in twenty of them did not wait";
  const std::string longest = span_text(summary.p95_wait_s);
  if (summary.p50_wait_s <= 0) return "Half of them did not wait, nineteen in twenty waited no longer than " + longest;
  return fmt::format("Half of them waited no longer than {}, nineteen in twenty no longer than {}",
                     span_text(summary.p50_wait_s), longest);
}

// One sentence or two for who reads nothing else.
std::string lede(const ReportInput& input) {
  const Summary& summary = input.summary;
  const std::uint64_t ran = summary.jobs_completed + summary.jobs_timed_out;
  if (ran == 0) return "No job ran.";
  const std::string evictions = summary.evictions == 0
                                    ? "none was evicted"
                                    : fmt::format("{} {} evicted", count_text(summary.evictions),
                                                  summary.evictions == 1 ? "job was" : "times a job was");
  return fmt::format("{} {} over {} kept {} of the {}s busy. {}; {}.", count_text(ran), ran == 1 ? "job" : "jobs",
                     span_text(summary.makespan_s), percent_text(summary.utilisation), input.unit, waits(summary),
                     evictions);
}

std::string when(const ReportInput& input) {
  if (input.samples.empty()) return "";
  const std::string first = day_text(input.samples.front().time, input.dated);
  const std::string last = day_text(input.samples.back().time, input.dated);
  return " · " + (first == last ? first : first + " to " + last);
}

std::string header(const ReportInput& input) {
  const Summary& summary = input.summary;
  return fmt::format(
      "<header>\n<p class=\"kicker\"><span class=\"mark\" aria-hidden=\"true\"></span>Dure <span>simulation "
      "report</span></p>\n"
      "<button id=\"theme\" type=\"button\" hidden=\"hidden\" aria-label=\"Switch between light and dark\">"
      "<svg width=\"18\" height=\"18\" viewBox=\"0 0 18 18\" aria-hidden=\"true\"><circle cx=\"9\" cy=\"9\" "
      "r=\"7\"/>"
      "<path d=\"M9 2a7 7 0 0 1 0 14z\"/></svg></button>\n"
      "<h1>{}</h1>\n<p class=\"run\">policy <b>{}</b> · seed {}{}</p>\n<p class=\"lede\">{}</p>\n</header>\n",
      escape(summary.scenario), escape(summary.policy), summary.seed, escape(when(input)), escape(lede(input)));
}

std::string headline(const ReportInput& input) {
  const Summary& summary = input.summary;
  const std::string load =
      summary.offered_load > 0 ? fmt::format("offered load {}", percent_text(summary.offered_load)) : "";
  return figures_html(
      "headline",
      std::array{
          Figure{"Utilisation", percent_text(summary.utilisation), load},
          Figure{"Median wait", span_text(summary.p50_wait_s), fmt::format("mean {}", span_text(summary.mean_wait_s))},
          Figure{"95th percentile wait", span_text(summary.p95_wait_s),
                 fmt::format("99th {}", span_text(summary.p99_wait_s))},
          Figure{"Mean slowdown", decimal_text(summary.avg_bounded_slowdown), "bounded; 1 is no wait"}});
}

std::string particulars(const ReportInput& input) {
  const Summary& summary = input.summary;
  return figures_html(
      "particulars",
      std::array{
          Figure{"Jobs", count_text(summary.jobs_total),
                 fmt::format("{} completed", count_text(summary.jobs_completed))},
          Figure{"Ended at their limit", count_text(summary.jobs_timed_out),
                 of_all(summary.jobs_timed_out, summary.jobs_total)},
          Figure{"Rejected", count_text(summary.jobs_rejected), of_all(summary.jobs_rejected, summary.jobs_total)},
          Figure{"Evictions", count_text(summary.evictions), of_all(summary.evictions, summary.jobs_total)},
          Figure{"Peak pending", count_text(summary.peak_pending), ""},
          Figure{input.unit + " hours", decimal_text(summary.gpu_hours), "used"},
          Figure{"Decisions", count_text(summary.decisions), ""},
          Figure{"Speed", decimal_text(summary.jobs_per_wall_s),
                 fmt::format("jobs a second, {} in all", span_text(summary.wall_s))}});
}

std::string verdict(const Summary& summary) {
  const InvariantCount& count = summary.invariants;
  if (count.violated > 0) {
    return fmt::format(
        "<p class=\"verdict bad\"><b>{} of {} invariant checks failed.</b> These figures cannot be trusted.",
        count_text(count.violated), count_text(count.checked));
  }
  if (count.checked == 0) return "<p class=\"verdict\">Invariants were not checked in this run.";
  return fmt::format("<p class=\"verdict good\"><b>{} invariant checks, none violated.</b>", count_text(count.checked));
}

std::string proof(const Summary& summary) {
  return fmt::format("{} Digest <code>{}</code>: the same scenario and seed give it again on every machine.</p>\n",
                     verdict(summary), escape(summary.digest));
}

TimeChart busy_chart(const ReportInput& input) {
  const double mean = input.summary.utilisation;
  TimeChart chart{.id = "busy",
                  .title = input.unit + "s in use",
                  .note = fmt::format("mean {}", percent_text(mean)),
                  .description = fmt::format("{}s in use over time, mean {}", input.unit, percent_text(mean)),
                  .axis = share_axis(1),
                  .values = {},
                  .texts = {},
                  .mean = mean};
  for (const Sample& sample : input.samples) {
    chart.values.push_back(sample.busy_share);
    chart.texts.push_back(percent_text(sample.busy_share));
  }
  return chart;
}

// `at_most` is the peak where it is known, between the samples too.
TimeChart jobs_chart(const ReportInput& input, std::string_view id, std::string_view title,
                     std::uint64_t Sample::* count, std::uint64_t at_most) {
  TimeChart chart{.id = std::string(id), .title = std::string(title)};
  std::uint64_t largest = 0;
  for (const Sample& sample : input.samples) {
    largest = std::max(largest, sample.*count);
    chart.values.push_back(static_cast<double>(sample.*count));
    chart.texts.push_back(count_text(sample.*count));
  }
  chart.axis = count_axis(static_cast<double>(largest));
  chart.note = fmt::format("at most {}", count_text(std::max(largest, at_most)));
  chart.description = fmt::format("{} over time, {}", title, chart.note);
  return chart;
}

std::string over_time(const ReportInput& input) {
  if (input.samples.empty()) return "<p class=\"nothing\">Nothing was sampled.</p>\n";
  const Timeline line = timeline(input.samples, input.dated);
  const std::array charts{busy_chart(input),
                          jobs_chart(input, "pending", "Jobs pending", &Sample::pending, input.summary.peak_pending),
                          jobs_chart(input, "running", "Jobs running", &Sample::running, 0)};
  std::string html;
  for (const TimeChart& chart : charts) html += to_html(chart, line);
  html += fmt::format(
      "<p class=\"hint\">{} Point at a chart, or reach it with Tab and use the arrow keys, for its "
      "figures.</p>\n",
      input.dated ? "Times are in UTC." : "Times count from the start of the trace.");
  return html +
         fmt::format("<script type=\"application/json\" id=\"samples\">{}</script>\n", readout_json(charts, line));
}

std::string waits(const ReportInput& input) {
  const auto has_jobs = [](const WaitBySize& row) { return row.jobs > 0; };
  if (std::none_of(input.waits.begin(), input.waits.end(), has_jobs))
    return "<p class=\"nothing\">No job started.</p>\n";
  return "<div class=\"pair\">\n" + wait_chart(input.waits, input.unit) + wait_table(input.waits, input.unit) +
         "</div>\n";
}

std::string tenants(const ReportInput& input) {
  if (input.tenants.empty()) return "<p class=\"nothing\">No tenant used anything.</p>\n";
  return tenant_chart(input.tenants, input.summary.utilisation) +
         fmt::format("<details><summary>Table of {}</summary>\n{}</details>\n",
                     input.tenants.size() == 1 ? "the one tenant"
                                               : fmt::format("all {} tenants", count_text(input.tenants.size())),
                     tenant_table(input.tenants, input.summary.utilisation, input.unit));
}

std::string forecasts(const ForecastSummary& summary) {
  if (summary.all[static_cast<std::size_t>(Teller::dure)].forecasts == 0) {
    return "<p class=\"nothing\">No job waited.</p>\n";
  }
  return "<div class=\"pair\">\n" + reliability_chart(summary) + "<div>\n" + forecast_tables(summary) +
         "</div>\n</div>\n";
}

std::string owners_and_loans(const ReportInput& input) {
  const LedgerSummary* ledger = input.summary.ledger ? &*input.summary.ledger : nullptr;
  return owner_table(input.summary.owners, ledger, input.unit) +
         (ledger != nullptr ? loan_matrix(ledger->loans, input.unit) : "");
}

std::string taken_back(const TakenBack& taken, std::string_view unit) {
  if (taken.warned == 0 && taken.reduced == 0) return "<p class=\"nothing\">No grant was warned or reduced.</p>\n";
  const auto cards = [](std::int64_t count) { return count_text(static_cast<std::uint64_t>(count)); };
  return figures_html(
      "particulars",
      std::array{
          Figure{"Grants warned", count_text(taken.warned), "too little was used of them"},
          Figure{"Grants reduced", count_text(taken.reduced), "after a second notice"},
          Figure{"Credits taken back", decimal_text(taken.credits), ""},
          Figure{"Cards freed", cards(taken.cards_freed), ""},
          Figure{"Cards awarded again", cards(taken.cards_reawarded),
                 fmt::format("in {} {}", count_text(taken.reawarded), taken.reawarded == 1 ? "grant" : "grants")},
          Figure{fmt::format("{} hours", unit), decimal_text(taken.used_gpu_hours), "used by who got them"}});
}

std::string fact(std::string_view label, std::string_view text) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(label), escape(text));
}

std::string rejected(const Summary& summary) {
  std::string text;
  for (const auto& [reason, count] : summary.rejected_by_reason) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", reason, count_text(count));
  }
  return text;
}

std::string facts(const ReportInput& input) {
  const Summary& summary = input.summary;
  std::string html = "<dl class=\"facts\">\n";
  for (const auto& [label, text] : input.facts) html += fact(label, text);
  if (!summary.rejected_by_reason.empty()) html += fact("Rejected", rejected(summary));
  if (summary.rows_skipped > 0) html += fact("Malformed rows", count_text(summary.rows_skipped) + " passed over");
  html += fact("Wait", "from submission to start");
  html += fact("Slowdown",
               "(wait + run time) / run time, a run time below 10 s taken as 10 s, never below 1; the mean "
               "over all jobs");
  html +=
      fact("Utilisation",
           fmt::format("{0} time used / {0} time there was, from the first submission to the last end", input.unit));
  return html + "</dl>\n";
}

std::string section(std::string_view id, std::string_view heading, std::string_view body) {
  return fmt::format("<section aria-labelledby=\"{0}-heading\">\n<h2 id=\"{0}-heading\">{1}</h2>\n{2}</section>\n", id,
                     heading, body);
}

}  // namespace

std::string report_html(const ReportInput& input) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n";
  html += fmt::format("<title>{} · Dure</title>\n", escape(input.summary.scenario));
  html += fmt::format("<style>\n{}</style>\n<script>\n{}</script>\n</head>\n<body>\n<main>\n", page_css, page_js);
  html += header(input) + headline(input) + particulars(input) + proof(input.summary);
  html += section("over-time", "Over time", over_time(input));
  html += section("waits", "Waits by size", waits(input));
  if (input.summary.forecasts) html += section("forecasts", "Forecasts of starts", forecasts(*input.summary.forecasts));
  if (has_owners(input.summary)) html += section("owners", "Owners and loans", owners_and_loans(input));
  if (const auto& ledger = input.summary.ledger) {
    html += section("programmes", "Programmes", programme_table(input.summary.programmes, *ledger, input.unit));
    html += section("taken-back", "Taken back", taken_back(ledger->taken_back, input.unit));
  }
  html += section("tenants", "Tenants and their guarantees", tenants(input));
  html += section("run", "What the run was", facts(input));
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace dure::simulate
