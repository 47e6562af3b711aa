#include "dure/cli/job_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dure/cli/job_watch.h"
#include "dure/cli/time_text.h"

namespace dure::cli {
namespace {

struct Painted {
  std::string_view word;
  Colour colour;
};
constexpr std::array<Painted, 8> colours{{{"running", Colour::green},
                                          {"starting", Colour::green},
                                          {"pending", Colour::yellow},
                                          {"held", Colour::yellow},
                                          {"stopping", Colour::yellow},
                                          {"completed", Colour::dim},
                                          {"ended", Colour::dim},
                                          {"cancelled", Colour::dim}}};

std::string task_demand(const Answer& per_task) {
  if (per_task["gpus"].number() > 0) return counted(per_task["gpus"].amount(), "GPU");
  if (per_task["cpus"].number() > 0) return counted(per_task["cpus"].amount(), "CPU");
  return memory_of(per_task["memory_mib"].integer());
}

std::string held_text(const Answer& row) {
  const std::string by = row["held_by"].text();
  // Whom it waits for is not shown to everybody.
  if (by == "dependency") return row["after"].exists() ? "after job " + after_text(row) : "after other jobs";
  return "held; `dure release` lets it go";
}

std::string wait_text(const Answer& row, Time now) {
  if (const auto promised = row["promised_from"].time()) return "starts by " + when_text(*promised, now);
  if (row["held_by"].exists()) return held_text(row);
  const auto reasons = row["reasons"].items();
  return reasons.empty() ? "" : reasons.front().text();
}

std::string where_text(const Answer& row) {
  const std::string where = row["where"].text();
  return where.empty() ? row["pool"].text() : where;
}

// The exit code of a job that was not let to end by itself says nothing.
std::int64_t failure_code(const Answer& row) {
  return row["outcome"].text() == "failed" ? row["exit_code"].integer() : 0;
}

std::string ended_text(const Answer& row, Time now) {
  const std::int64_t code = failure_code(row);
  const std::string text = code != 0 ? fmt::format("exit code {}", code) : row["reason"].text();
  const auto ended = row["ended"].time();
  if (!ended) return text;
  return fmt::format("{}{}{}", text, text.empty() ? "" : ", ", relative_text(*ended, now));
}

// A run of rows that stand in one line: `10_[2-9]`.
struct RowGroup {
  const Answer* first = nullptr;
  const Answer* last = nullptr;
};

std::int64_t index_of(const Answer& row) { return row["array"]["index"].integer(); }

bool belongs(const RowGroup& group, const Answer& row, Time now) {
  const Answer& last = *group.last;
  return row["array"].exists() && last["array"].exists() && is_waiting(row) &&
         row["array"]["job"].integer() == last["array"]["job"].integer() && index_of(row) == index_of(last) + 1 &&
         row["state"].text() == last["state"].text() && place_or_reason(row, now) == place_or_reason(last, now);
}

std::string group_text(const RowGroup& group) {
  if (group.first == group.last) return job_text(*group.first);
  return fmt::format("{}_[{}-{}]", (*group.first)["array"]["job"].integer(), index_of(*group.first),
                     index_of(*group.last));
}

std::string span_text(std::optional<Time> begin, Time end) {
  return begin && *begin <= end ? short_text(end - *begin) : "";
}

std::string limit_text(const Answer& row) {
  return row["time_limit_s"].exists() ? short_text(seconds(row["time_limit_s"].integer())) : "";
}

}  // namespace

bool is_waiting(const Answer& row) {
  const std::string state = row["state"].text();
  return state == "pending" || state == "held";
}

std::string counted(const std::string& amount, std::string_view unit) {
  return fmt::format("{} {}{}", amount, unit, amount == "1" ? "" : "s");
}

std::string memory_of(std::int64_t mib) {
  return mib % 1024 == 0 ? fmt::format("{} GiB", mib / 1024) : fmt::format("{} MiB", mib);
}

std::string job_text(const Answer& row) {
  const Answer array = row["array"];
  if (!array.exists()) return std::to_string(row["id"].integer());
  return fmt::format("{}_{}", array["job"].integer(), array["index"].integer());
}

std::string state_text(const Answer& row) {
  const std::string outcome = row["outcome"].text();
  return has_ended(row) && !outcome.empty() ? outcome : row["state"].text();
}

Colour state_colour(const Answer& row) {
  const std::string state = state_text(row);
  const auto* found =
      std::find_if(colours.begin(), colours.end(), [&](const Painted& each) { return each.word == state; });
  return found == colours.end() ? Colour::red : found->colour;
}

std::string demand_text(const Answer& row) {
  const std::int64_t least = row["tasks"]["min"].integer();
  const std::int64_t most = row["tasks"]["max"].integer();
  const std::string each = task_demand(row["per_task"]);
  if (most > least) return fmt::format("{}-{} × {}", least, most, each);
  return most > 1 ? fmt::format("{} × {}", most, each) : each;
}

std::string after_text(const Answer& row) {
  std::string text;
  for (const Answer& each : row["after"].items()) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", each["job"].integer(), each["kind"].text());
  }
  return text;
}

std::string ran_text(const Answer& row, Time now) {
  const auto cut_short = row["interrupted"].time();
  if (!cut_short && is_waiting(row)) return "";  // its last start came to nothing
  const auto end = cut_short ? cut_short : row["ended"].time();
  return span_text(row["started"].time(), end.value_or(now));
}

std::string time_spent_text(const Answer& row, Time now) {
  if (!is_waiting(row) && row["started"].exists()) return ran_text(row, now);
  const auto cut_short = row["interrupted"].time();
  return span_text(cut_short ? cut_short : row["submitted"].time(), row["ended"].time().value_or(now));
}

std::string place_or_reason(const Answer& row, Time now) {
  if (has_ended(row)) return ended_text(row, now);
  return is_waiting(row) ? wait_text(row, now) : where_text(row);
}

Table queue_table(const std::vector<Answer>& rows, Time now) {
  Table table({{.title = "JOB"},
               {.title = "NAME", .gives_way = 1},
               {.title = "TENANT", .gives_way = 3, .leaves = 3},
               {.title = "USER", .gives_way = 4, .leaves = 1},
               {.title = "STATE"},
               {.title = "ASKS FOR", .leaves = 5},
               {.title = "TIME", .align = Align::right, .leaves = 4},
               {.title = "LIMIT", .align = Align::right, .leaves = 2},
               {.title = "WHERE, OR WHY NOT", .gives_way = 2}});
  for (std::size_t i = 0; i < rows.size();) {
    RowGroup group{&rows[i], &rows[i]};
    for (++i; i < rows.size() && belongs(group, rows[i], now); ++i) group.last = &rows[i];
    const Answer& row = *group.first;
    table.add({group_text(group), row["name"].text(), row["tenant"].text(), row["user"].text(),
               Cell(state_text(row), state_colour(row)), demand_text(row), time_spent_text(row, now), limit_text(row),
               place_or_reason(row, now)});
  }
  return table;
}

int exit_code_of(const Answer& row) {
  if (row["outcome"].text() == "completed") return 0;
  const std::int64_t code = row["exit_code"].integer();
  return code > 0 && code < 256 ? static_cast<int>(code) : 1;
}

std::string end_text(const Answer& row) {
  const std::string text = fmt::format("job {} {}", job_text(row), state_text(row));
  const std::string reason = row["reason"].text();
  const std::int64_t code = failure_code(row);
  if (code != 0) return fmt::format("{} with exit code {}", text, code);
  return reason.empty() ? text : text + ": " + reason;
}

}  // namespace dure::cli
