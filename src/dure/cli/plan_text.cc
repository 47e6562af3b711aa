#include "dure/cli/plan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "dure/cli/forecast_text.h"
#include "dure/cli/text_width.h"
#include "dure/cli/time_text.h"

namespace dure::cli {
namespace {

std::string percent(const Answer& part) { return fmt::format("{} %", std::lround(part.number() * 100)); }

void add(const char* name, const std::string& text, std::string& out) {
  if (!text.empty()) out += fmt::format("{:<10} {}\n", name, text);
}

std::string start_text(const Answer& plan, Time now) {
  return plan["starts_at_once"].is_true() ? "at once" : expected_text(plan["forecast"], now);
}

// Left out where it is at once, or cannot be.
std::string at_once_text(const Answer& plan) {
  if (plan["starts_at_once"].is_true() || plan["chance_at_once"].number() == 0) return "";
  return fmt::format("within a minute in {} of the draws", percent(plan["chance_at_once"]));
}

std::string place_text(const Answer& plan) {
  const Answer place = plan["place"];
  if (!place.exists()) return "";
  std::string text = fmt::format("{} in {}", place["where"].text(), place["pool"].text());
  if (place["gpus"].exists()) {
    text += fmt::format(", {} GPU{}", place["gpus"].amount(), place["gpus"].number() == 1 ? "" : "s");
  }
  if (!plan["starts_at_once"].is_true()) text += fmt::format(" (in {} of the draws)", percent(place["chance"]));
  return text;
}

std::string last_text(const Answer& plan, Time now) {
  return plan["last"].exists() ? fmt::format("{} jobs; {}", plan["count"].integer(), expected_text(plan["last"], now))
                               : "";
}

std::string start_by_text(const Answer& plan, Time now) {
  const Answer start_by = plan["start_by"];
  const auto at = start_by["at"].time();
  if (!at) return "";
  return fmt::format("{}, in {} of the draws; else it ends as expired", when_text(*at, now),
                     percent(start_by["chance"]));
}

std::string cost_text(const Answer& plan) {
  const Answer cost = plan["cost"];
  if (!cost.exists()) return "";
  const std::string unit = cost["unit"].text() == "CPUs" ? "CPU-hours" : "GPU-hours";
  std::string text = fmt::format("{} {} at its time limit of {}", cost["hours_at_limit"].amount(), unit,
                                 short_text(seconds(plan["time_limit_s"].integer())));
  if (!cost["hours_typical"].exists()) return text;
  return text + fmt::format(", {} at {}, as long as half of those like it run", cost["hours_typical"].amount(),
                            short_text(seconds(cost["typical_run_s"].integer())));
}

std::string change_text(const Answer& change, Time now) {
  std::string text = change["starts_at_once"].is_true() ? "at once" : quantile_text(change["forecast"], "p50", now);
  if (change["sooner_s"].exists()) {
    text += fmt::format(", {} sooner", short_text(seconds(std::max<std::int64_t>(change["sooner_s"].integer(), 0))));
  }
  if (change["ends_within"].exists())
    text += fmt::format("; {} of those like it end by then", percent(change["ends_within"]));
  return text;
}

}  // namespace

std::string plan_text(const Answer& plan, Time now) {
  std::string out;
  add("starts", start_text(plan, now), out);
  add("at once", at_once_text(plan), out);
  add("where", place_text(plan), out);
  add("all by", last_text(plan, now), out);
  add("start by", start_by_text(plan, now), out);
  add("cost", cost_text(plan), out);
  const auto reasons = plan["reasons"].items();
  if (!reasons.empty()) add("why", reasons.front().text(), out);
  const std::vector<Answer> changes = plan["changes"].items();
  std::size_t widest = 0;
  for (const Answer& change : changes) widest = std::max(widest, text_width(change["detail"].text()));
  for (const Answer& change : changes) {
    const std::string detail = change["detail"].text();
    const std::string padding(widest - text_width(detail), ' ');
    add("sooner", fmt::format("{}{}  {}", detail, padding, change_text(change, now)), out);
  }
  return out + "nothing was submitted\n";
}

}  // namespace dure::cli
