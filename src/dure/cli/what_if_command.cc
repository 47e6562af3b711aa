#include "dure/cli/what_if_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "dure/cli/answer.h"
#include "dure/cli/changes_reader.h"
#include "dure/cli/table.h"
#include "dure/cli/time_text.h"
#include "dure/journal/sqlite/turn_reader.h"
#include "dure/server/config.h"
#include "dure/spec/file.h"
#include "dure/what_if/comparison.h"
#include "dure/what_if/future.h"
#include "dure/what_if/trial.h"

namespace dure::cli {
namespace {

namespace fs = std::filesystem;
using what_if::Changes;
using what_if::Difference;
using what_if::Figure;

constexpr Duration ahead_without_until = days(1);

// Whose journal, and under which policy it was written.
struct Origin {
  fs::path data;
  DureOptions policy = server::default_policy;
};

Result<Origin> origin_of(const WhatIfArguments& arguments) {
  Origin origin{.data = arguments.data};
  if (!arguments.config.empty()) {
    const auto config = server::read_config(arguments.config);
    if (!config) return tl::unexpected<Error>(config.error());
    origin.policy = config->policy;
    if (origin.data.empty()) origin.data = config->data;
  }
  if (origin.data.empty()) origin.data = server::default_data_folder();
  return origin;
}

// An instant, or so long before or after another.
enum class Side : std::uint8_t { before, after };
Result<Time> instant_of(const char* option, const std::string& text, Time from, Side side) {
  if (const auto time = parse_time(text)) return *time;
  if (const auto duration = parse_duration(text)) {
    return side == Side::before ? from - *duration : from + *duration;
  }
  return fail(Code::invalid_argument,
              fmt::format("{}: found '{}'; write a time with a zone, such as 2026-11-26T09:00:00+09:00, or a duration "
                          "{}, such as 6h",
                          option, text, side == Side::before ? "before the journal's end" : "from there on"));
}

what_if::Past past_of(TurnReader& reader) {
  return [&reader](const State& from, const what_if::Visit& visit) {
    return reader.read({from.fact_count(), from.chain()}, [&](const WrittenTurn& turn) {
      return visit({.facts = turn.facts, .sequence = turn.end.sequence, .chain = turn.end.chain});
    });
  };
}

// What was found out.
struct Findings {
  Time from;
  Time until;
  bool is_future = false;
  std::vector<what_if::Pair> pairs;             // of the past one, of the future one for each draw
  std::optional<what_if::Departure> departure;  // of what is unchanged, from the journal
  std::uint64_t passed_over = 0;                // with the changes
  std::optional<Time> outage;                   // when the first that lies within had ended
};

Result<Findings> try_past(const what_if::Trial& trial, const Changes& changes) {
  auto present = replay(trial, nullptr);
  if (!present) return tl::unexpected<Error>(std::move(present.error()));
  auto changed = replay(trial, &changes);
  if (!changed) return tl::unexpected<Error>(std::move(changed.error()));
  Findings findings{.from = trial.moment,
                    .until = trial.until,
                    .pairs = {},
                    .departure = present->departure,
                    .passed_over = changed->passed_over};
  const std::vector<Time>& catches = trial.survey.catches;
  if (!catches.empty() && catches.front() <= trial.until) findings.outage = catches.front();
  findings.pairs.push_back({std::move(present->figures), std::move(changed->figures)});
  return findings;
}

Result<Findings> try_future(const what_if::Future& future, const Changes& changes, std::uint32_t draws) {
  Findings findings{.from = future.present.now(),
                    .until = future.until,
                    .is_future = true,
                    .pairs = std::vector<what_if::Pair>(draws),
                    .departure = {}};
  std::vector<std::optional<Error>> errors(draws);
  std::atomic<std::uint32_t> next{0};
  const auto work = [&] {
    for (std::uint32_t d = next++; d < draws; d = next++) {
      auto drawn = draw_both(future, changes, d + 1);
      if (drawn) {
        findings.pairs[d] = *std::move(drawn);
      } else {
        errors[d] = std::move(drawn.error());
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (unsigned t = 1; t < std::min(std::thread::hardware_concurrency(), draws); ++t) others.emplace_back(work);
    work();
  }
  for (std::optional<Error>& error : errors) {
    if (error) return tl::unexpected<Error>(*std::move(error));
  }
  return findings;
}

Result<void> check_times(const std::string& at, Time from, Time until, Time first, Time end) {
  if (from < first) {
    return fail(Code::invalid_argument,
                fmt::format("--at: found '{}', and the journal begins at {}; write a later time", at, to_text(first)));
  }
  if (!at.empty() && from > end) {
    return fail(Code::invalid_argument,
                fmt::format("--at: found '{}', and the journal ends at {}; write an earlier time", at, to_text(end)));
  }
  if (!at.empty() && until > end) {
    return fail(Code::invalid_argument,
                fmt::format("--until: with --at it is the past that is looked at, and the journal ends at {}; write an "
                            "earlier time, or leave --at away",
                            to_text(end)));
  }
  if (!at.empty() && from >= end) {
    return fail(Code::invalid_argument,
                "--at: nothing comes after that in the journal; write an earlier time, or leave "
                "--at away for what may come");
  }
  if (until > latest_time) {
    return fail(Code::invalid_argument,
                fmt::format("--until: found {}; write a time before {}", to_text(until), to_text(latest_time)));
  }
  if (until <= from) {
    return fail(Code::invalid_argument, fmt::format("--until: found {}, which is not after {}; write a time after it",
                                                    to_text(until), to_text(from)));
  }
  return {};
}

Result<Findings> find(const WhatIfArguments& arguments, const Origin& origin) {
  auto reader = TurnReader::open(origin.data);
  if (!reader) return tl::unexpected<Error>(std::move(reader.error()));
  const auto last = reader->end_time();
  if (!last) return tl::unexpected<Error>(last.error());
  if (!*last) return fail(Code::invalid_argument, "the journal is empty; name another with --data");
  const Time end = **last;
  const bool is_future = arguments.at.empty();
  const auto from = is_future ? Result<Time>(end) : instant_of("--at", arguments.at, end, Side::before);
  if (!from) return tl::unexpected<Error>(from.error());
  const Time otherwise = is_future ? end + ahead_without_until : end;
  const auto until =
      arguments.until.empty() ? Result<Time>(otherwise) : instant_of("--until", arguments.until, *from, Side::after);
  if (!until) return tl::unexpected<Error>(until.error());
  const what_if::Past past = past_of(*reader);
  const auto survey = what_if::survey(past, *from);
  if (!survey) return tl::unexpected<Error>(survey.error());
  const auto checked = check_times(arguments.at, *from, *until, *survey->first, end);
  if (!checked) return tl::unexpected<Error>(checked.error());
  const auto changes = read_changes(arguments.file, survey->start, origin.policy);
  if (!changes) return tl::unexpected<Error>(changes.error());
  if (const auto possible = what_if::changed(survey->start, *changes); !possible) {
    return fail(possible.error().code, fmt::format("{}: {}", arguments.file, possible.error().message));
  }
  if (is_future) {
    return try_future({.present = survey->end, .book = survey->book, .policy = origin.policy, .until = *until},
                      *changes, arguments.draws);
  }
  return try_past({.past = past, .survey = *survey, .policy = origin.policy, .moment = *from, .until = *until},
                  *changes);
}

struct Word {
  Figure figure;
  const char* name;  // in JSON
  const char* text;
};
constexpr std::array<Word, what_if::figure_count> words{{
    {Figure::missed_guarantees, "missed_guarantees", "guarantees missed"},
    {Figure::evictions, "evictions", "evictions"},
    {Figure::reclaimed, "reclaimed", "of these for guarantees"},
    {Figure::lost_hours, "lost_hours", "hours lost by evictions"},
    {Figure::still_waiting, "still_waiting", "still waiting"},
    {Figure::median_wait, "median_wait_s", "median wait"},
    {Figure::late_wait, "p90_wait_s", "wait of 9 in 10"},
    {Figure::started, "started", "jobs started"},
    {Figure::held_hours, "held_hours", "hours held"},
    {Figure::utilisation, "utilisation", "part of all"},
}};

std::string value_text(Figure figure, double value) {
  switch (figure) {
    case Figure::median_wait:
    case Figure::late_wait: return short_text(seconds(std::llround(value)));
    case Figure::utilisation: return fmt::format("{:.1f} %", value * 100);
    case Figure::lost_hours:
    case Figure::held_hours: return fmt::format("{:.1f}", value);
    default: return fmt::format("{:.{}f}", value, value == std::round(value) ? 0 : 1);
  }
}

std::string value_text(Figure figure, std::optional<double> value) { return value ? value_text(figure, *value) : "-"; }

std::string difference_text(const Difference& it) {
  const std::string mark = it.is_sure ? "" : " ~";
  if (!it.present || !it.changed) return mark;
  const double by = *it.changed - *it.present;
  return (by < 0 ? "-" : "+") + value_text(it.figure, std::abs(by)) + mark;
}

bool is_asked_for(const std::string& tenant, const Difference& it) {
  return tenant.empty() || it.tenant == tenant || it.tenant.starts_with(tenant + "/");
}

std::string table_text(const std::vector<Difference>& differences, const Console& console) {
  Table table({{.title = "TENANT", .gives_way = 1},
               {.title = "WHAT"},
               {.title = "AS IT IS", .align = Align::right},
               {.title = "CHANGED", .align = Align::right},
               {.title = "DIFFERENCE", .align = Align::right}});
  for (const Difference& it : differences) {
    const std::string difference = difference_text(it);
    const std::string present = value_text(it.figure, it.present);
    const std::string changed = value_text(it.figure, it.changed);
    if (it.is_none() || present == changed) continue;
    table.add({it.tenant.empty() ? "(all)" : it.tenant, words[static_cast<std::size_t>(it.figure)].text, present,
               changed, difference});
  }
  return table.is_empty() ? "nothing would come out otherwise\n" : table.draw(console);
}

void print_text(const Findings& findings, const std::vector<Difference>& differences, const Console& console) {
  console.print(fmt::format("from {} until {}{}\n", to_text(findings.from), to_text(findings.until),
                            findings.is_future ? fmt::format(", the mean of {} draws", findings.pairs.size()) : ""));
  console.print(table_text(differences, console));
  const bool has_doubt =
      std::any_of(differences.begin(), differences.end(), [](const Difference& it) { return !it.is_sure; });
  if (has_doubt) console.note("~: in some draws it is the other way round");
  if (findings.departure) {
    console.note(
        fmt::format("without changes too it is decided otherwise than the journal says from fact {} on, at {}: "
                    "it is of another version, or --config is to name the server's configuration",
                    findings.departure->fact, to_text(findings.departure->time)));
  }
  if (findings.outage) {
    console.note(
        fmt::format("the server was down until {}; with the changes there are decisions in that time, and part "
                    "of what differs is the outage",
                    to_text(*findings.outage)));
  }
  if (findings.passed_over > 0) {
    console.note(fmt::format("{} things that users and operators did could not be done any more with the changes",
                             findings.passed_over));
  }
}

std::string number_text(std::optional<double> value) { return value ? fmt::format("{:.12g}", *value) : "null"; }

std::string json_of(const Findings& findings, const std::vector<Difference>& differences) {
  std::string rows;
  for (const Difference& it : differences) {
    rows += fmt::format(R"({}{{"tenant":{},"figure":"{}","present":{},"changed":{},"is_sure":{}}})",
                        rows.empty() ? "" : ",", it.tenant.empty() ? "null" : json_text(it.tenant),
                        words[static_cast<std::size_t>(it.figure)].name, number_text(it.present),
                        number_text(it.changed), it.is_sure);
  }
  const std::string departure =
      findings.departure
          ? fmt::format(R"({{"fact":{},"time":"{}"}})", findings.departure->fact, to_text(findings.departure->time))
          : "null";
  return fmt::format(
      R"({{"from":"{}","until":"{}","draws":{},"departure":{},"outage":{},"passed_over":{},"differences":[{}]}})",
      to_text(findings.from), to_text(findings.until),
      findings.is_future ? std::to_string(findings.pairs.size()) : "null", departure,
      findings.outage ? fmt::format(R"("{}")", to_text(*findings.outage)) : "null", findings.passed_over, rows);
}

}  // namespace

Result<int> what_if(const WhatIfArguments& arguments, const Console& console) {
  if (const auto file = spec::require_file(arguments.file); !file) return tl::unexpected<Error>(file.error());
  const auto origin = origin_of(arguments);
  if (!origin) return tl::unexpected<Error>(origin.error());
  const auto findings = find(arguments, *origin);
  if (!findings) return tl::unexpected<Error>(findings.error());
  std::vector<Difference> differences = what_if::compare(findings->pairs);
  std::erase_if(differences, [&](const Difference& it) { return !is_asked_for(arguments.tenant, it); });
  if (differences.empty()) {
    return fail(Code::not_found,
                fmt::format("--tenant: found the unknown tenant '{}'; `dure tenants` lists them", arguments.tenant));
  }
  if (arguments.json) {
    console.print_line(json_of(*findings, differences));
  } else {
    print_text(*findings, differences, console);
  }
  return 0;
}

}  // namespace dure::cli
