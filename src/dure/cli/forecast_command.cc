#include "dure/cli/forecast_command.h"

#include <fmt/format.h>

#include <cmath>

#include "dure/cli/forecast_text.h"
#include "dure/cli/job_list.h"
#include "dure/cli/job_ref.h"
#include "dure/cli/job_row.h"
#include "dure/cli/table.h"
#include "dure/cli/time_text.h"

namespace dure::cli {
namespace {

constexpr const char* off_text =
    "this server makes no forecasts; an operator turns them on with `forecast:` in its configuration\n";

// Of each job on its own, whether there is a forecast or not.
Result<JobList> list_named(const std::vector<std::string>& jobs, Connection& connection) {
  const auto refs = parse_job_refs(jobs);
  if (!refs) return tl::unexpected(refs.error());
  JobList list{.rows = {}, .pages = {}, .now = now_by_clock()};
  for (const JobRef& ref : *refs) {
    const auto found = find_jobs(connection, ref, Which::not_ended);
    if (!found) return tl::unexpected(found.error());
    for (const std::uint64_t id : *found) {
      auto received = connection.get(fmt::format("/v1/jobs/{}", id));
      if (!received) return tl::unexpected(received.error());
      list.rows.push_back(received->answer);
      list.pages.push_back(std::move(received->body));
    }
  }
  return list;
}

// Why there is no forecast of a job.
std::string nothing_text(const Answer& row) {
  if (!is_waiting(row)) return state_text(row);
  return "nothing is said of it yet";
}

std::string reason_text(const Answer& row) {
  const auto reasons = row["reasons"].items();
  return reasons.empty() ? "" : reasons.front().text();
}

std::string table_text(const JobList& list, const Console& console) {
  Table table({{.title = "JOB"},
               {.title = "NAME", .gives_way = 2, .leaves = 2},
               {.title = "TENANT", .gives_way = 3, .leaves = 1},
               {.title = "ASKS FOR"},
               {.title = "1 IN 10 BY"},
               {.title = "1 IN 2 BY"},
               {.title = "9 IN 10 BY"},
               {.title = "REASON", .gives_way = 1, .leaves = 3}});
  for (const Answer& row : list.rows) {
    const Answer it = row["forecast"];
    const auto by = [&](const char* quantile) { return it.exists() ? quantile_text(it, quantile, list.now) : ""; };
    table.add({job_text(row), row["name"].text(), row["tenant"].text(), demand_text(row), by("p10"), by("p50"),
               by("p90"), it.exists() ? reason_text(row) : nothing_text(row)});
  }
  return table.is_empty() ? "" : table.draw(console);
}

std::string span_text(const Answer& seconds_of) { return short_text(seconds(seconds_of.integer())); }

std::string horizon_text(const std::string& horizon) { return horizon == "beyond" ? "> 24h" : "< " + horizon; }

std::string size_text(const Answer& row) {
  const std::int64_t from = row["from"].integer();
  const std::int64_t last = row["below"].integer() - 1;
  return from == last ? std::to_string(from) : fmt::format("{}-{}", from, last);
}

void add_accuracy(Table& table, const std::string& size, const std::string& horizon, const Answer& row) {
  table.add({size, horizon, row["forecasts"].amount(), fmt::format("{} %", std::lround(row["covered"].number() * 100)),
             span_text(row["median_error_s"]), span_text(row["median_width_s"])});
}

std::string record_text(const Answer& answer, const Console& console) {
  if (!answer["is_on"].is_true()) return off_text;
  if (answer["all"]["forecasts"].integer() == 0) {
    return "no job has started yet of which it was said when; ask again later\n";
  }
  Table table({{.title = "SIZE"},
               {.title = "AHEAD"},
               {.title = "FORECASTS", .align = Align::right},
               {.title = "COVERED", .align = Align::right},
               {.title = "MEDIAN ERROR", .align = Align::right},
               {.title = "MEDIAN WIDTH", .align = Align::right}});
  add_accuracy(table, "all", "all", answer["all"]);
  const auto add_all = [&](const std::string& size, const Answer& rows) {
    for (const Answer& row : rows.items()) add_accuracy(table, size, horizon_text(row["horizon"].text()), row);
  };
  add_all("all", answer["by_horizon"]);
  for (const Answer& row : answer["by_size"].items()) add_all(size_text(row), row["by_horizon"]);
  return table.draw(console) + "covered: the part that started between p10 and p90; 80 % is meant\n";
}

Result<int> show_record(const ForecastArguments& arguments, Connection& connection, const Console& console) {
  if (!arguments.jobs.empty() || !arguments.tenant.empty()) {
    return fail(Code::invalid_argument, "--record is of the whole estate; leave jobs and --tenant away");
  }
  const auto received = connection.get("/v1/forecasts/record");
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) {
    console.print_line(received->body);
  } else {
    console.print(record_text(received->answer, console));
  }
  return 0;
}

// What is printed where no row is.
std::string empty_text(const JobList& list) {
  const auto first = list.pages.empty() ? Result<Answer>{} : Answer::parse(list.pages.front());
  if (first && (*first)["is_on"].exists() && !(*first)["is_on"].is_true()) return off_text;
  return "no job waits of which it is said when it starts\n";
}

}  // namespace

Result<int> forecast(const ForecastArguments& arguments, Connection& connection, const Console& console) {
  if (arguments.record) return show_record(arguments, connection, console);
  if (!arguments.jobs.empty() && !arguments.tenant.empty()) {
    return fail(Code::invalid_argument, "--tenant and jobs exclude each other; keep one of them");
  }
  const auto list = arguments.jobs.empty()
                        ? list_jobs(connection, "/v1/forecasts", {.tenant = arguments.tenant}, arguments.limit)
                        : list_named(arguments.jobs, connection);
  if (!list) return tl::unexpected(list.error());
  if (arguments.json) {
    for (const std::string& page : list->pages) console.print_line(page);
    return 0;
  }
  const std::string table = table_text(*list, console);
  console.print(table.empty() ? empty_text(*list) : table);
  if (list->has_more) {
    console.note(fmt::format("there are more than {} jobs; see all with --limit 0, or narrow it down with --tenant",
                             arguments.limit));
  }
  return 0;
}

}  // namespace dure::cli
