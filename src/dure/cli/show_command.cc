#include "dure/cli/show_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "dure/cli/forecast_text.h"
#include "dure/cli/job_ref.h"
#include "dure/cli/job_row.h"
#include "dure/cli/job_watch.h"
#include "dure/cli/log_reader.h"
#include "dure/cli/time_text.h"

namespace dure::cli {
namespace {

// Lines of a name and what it is; one without anything is left out.
class Page {
 public:
  explicit Page(const Console& console) : console_(console) {}

  void add(std::string_view name, std::string_view value, Colour colour = Colour::none) {
    if (value.empty()) return;
    text_ += fmt::format("{} {}\n", console_.painted(fmt::format("{:<11}", name), Colour::dim),
                         console_.painted(printable(value), colour));
  }
  void add_time(std::string_view name, const Answer& value, Time now) {
    if (const auto time = value.time()) add(name, when_text(*time, now));
  }
  // A text of several lines, set in.
  void add_block(std::string_view name, const std::string& value) {
    if (value.empty()) return;
    text_ += console_.painted(name, Colour::dim) + "\n";
    for (std::size_t begin = 0; begin < value.size();) {
      const std::size_t end = std::min(value.find('\n', begin), value.size());
      text_ += "  " + printable(value.substr(begin, end - begin), Lines::many) + "\n";
      begin = end + 1;
    }
  }
  const std::string& text() const { return text_; }

 private:
  const Console& console_;
  std::string text_;
};

std::string each_task_text(const Answer& per_task) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (per_task["gpus"].exists()) add(counted(per_task["gpus"].amount(), "GPU"));
  if (per_task["cpus"].exists()) add(counted(per_task["cpus"].amount(), "CPU"));
  if (per_task["memory_mib"].exists()) add(memory_of(per_task["memory_mib"].integer()) + " of memory");
  return text;
}

// Where its tasks may lie.
std::string placing_text(const Answer& row) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  const Answer segments = row["segments"];
  const Answer spread = row["spread"];
  if (row["within"].exists()) add("within one " + row["within"].text());
  if (segments.exists()) add("in groups of " + segments["of"].amount() + " within one " + segments["within"].text());
  if (spread.exists()) add("at most " + spread["most"].amount() + " to one " + spread["over"].text());
  return text;
}

std::string tasks_text(const Answer& tasks) {
  if (!tasks.exists()) return "";
  const std::int64_t least = tasks["min"].integer();
  const std::int64_t most = tasks["max"].integer();
  return least == most ? std::to_string(least) : fmt::format("{} to {}", least, most);
}

void add_state(Page& page, const Answer& row, Time now) {
  const bool is_ended = has_ended(row);
  std::string state = state_text(row);
  // One that was ended before it could say anything has none.
  const bool has_code = row["exit_code"].integer() != 0 || state == "completed";
  if (is_ended && row["exit_code"].exists() && has_code)
    state += fmt::format(", exit code {}", row["exit_code"].integer());
  page.add("state", state, state_colour(row));
  page.add("reason", is_ended ? row["reason"].text() : row["reasons"].joined());
  page.add_time("promised", row["promised_from"], now);
  page.add("expected", expected_text(row["forecast"], now));
  if (!row["started"].exists()) page.add_time("start by", row["start_by"], now);
  page.add_time("submitted", row["submitted"], now);
  page.add_time("started", row["started"], now);
  page.add_time("ended", row["ended"], now);
  page.add("ran for", ran_text(row, now));
  if (row["evictions"].integer() > 0) page.add("evictions", row["evictions"].amount());
  if (row["swaps"].integer() > 0) page.add("swaps", row["swaps"].amount() + " of failed nodes");
  page.add("last time", row["eviction"]["detail"].text());
  page.add("last start", row["start_failed"].text());
}

void add_demand(Page& page, const Answer& row) {
  page.add("tasks", tasks_text(row["tasks"]));
  page.add("each task", each_task_text(row["per_task"]));
  page.add("tasks lie", placing_text(row));
  page.add("pools", row["pools"].joined());
  page.add("pool", row["pool"].text());
  page.add("where", row["where"].text());
  if (row["time_limit_s"].exists()) page.add("time limit", short_text(seconds(row["time_limit_s"].integer())));
  if (row["priority"].integer() != 0) page.add("priority", row["priority"].amount());
  page.add("window", row["window"].text());
  if (row["hot_swap"].exists()) page.add("hot swap", "goes on with other nodes where some fail");
  page.add("after", after_text(row));
}

void add_run(Page& page, const Answer& row) {
  page.add("directory", row["directory"].text());
  page.add("output", row["output"].text());
  page.add("arguments", row["arguments"].joined());
  page.add_block("script", row["script"].text());
}

std::string show_text(const Answer& row, Time now, const Console& console) {
  Page page(console);
  const std::string number = std::to_string(row["id"].integer());
  page.add("job", row["array"].exists() ? fmt::format("{} (number {})", job_text(row), number) : number);
  page.add("name", row["name"].text());
  page.add("tenant", row["tenant"].text());
  page.add("user", row["user"].text());
  add_state(page, row, now);
  add_demand(page, row);
  add_run(page, row);
  return page.text();
}

std::string failed_start_text(const Answer& answer) {
  const std::string failed = answer["start_failed"].text();
  return failed.empty() ? failed : fmt::format("its last start came to nothing: {}\n", printable(failed));
}

std::string why_text(const Answer& answer, const std::string& job, Time now) {
  std::string text;
  for (const Answer& blocker : answer["blockers"].items()) {
    const std::string pool = blocker["pool"].text();
    text += fmt::format("- {}{}{}\n", printable(pool), pool.empty() ? "" : ": ", printable(blocker["detail"].text()));
  }
  if (text.empty() && has_ended(answer)) return printable(end_text(answer)) + "\n";
  const std::string failed = failed_start_text(answer);
  if (text.empty() && !is_waiting(answer)) return fmt::format("job {} is {}\n{}", job, answer["state"].text(), failed);
  text = text.empty() ? fmt::format("job {} is {}; nothing that you may see keeps it from starting\n", job,
                                    answer["state"].text())
                      : fmt::format("job {} is {}:\n{}", job, answer["state"].text(), text);
  text += failed;
  if (const std::string expected = expected_text(answer["forecast"], now); !expected.empty()) {
    text += fmt::format("it is expected to start: {}\n", expected);
  }
  const auto changes = answer["changes"].items();
  if (!changes.empty()) text += "what would change that:\n";
  for (const Answer& change : changes) text += fmt::format("- {}\n", printable(change["detail"].text()));
  return text;
}

// Asks for each job what is under `path_end`, and prints it as `draw` draws it.
template <class Draw>
Result<int> print_each(const ShowArguments& arguments, std::string_view path_end, Connection& connection,
                       const Console& console, const Draw& draw) {
  const auto refs = parse_job_refs(arguments.jobs);
  if (!refs) return tl::unexpected(refs.error());
  for (const JobRef& ref : *refs) {
    const auto id = find_job(connection, ref);
    if (!id) return tl::unexpected(id.error());
    const auto received = connection.get(fmt::format("/v1/jobs/{}{}", *id, path_end));
    if (!received) return tl::unexpected(received.error());
    const bool is_first = &ref == refs->data();
    if (arguments.json) {
      console.print_line(received->body);
    } else {
      console.print((is_first ? "" : "\n") + draw(received->answer, ref));
    }
  }
  return 0;
}

}  // namespace

Result<int> show(const ShowArguments& arguments, Connection& connection, const Console& console) {
  return print_each(arguments, "", connection, console,
                    [&](const Answer& row, const JobRef&) { return show_text(row, now_by_clock(), console); });
}

Result<int> why(const ShowArguments& arguments, Connection& connection, const Console& console) {
  return print_each(arguments, "/why", connection, console, [&](const Answer& answer, const JobRef& ref) {
    return why_text(answer, to_text(ref), now_by_clock());
  });
}

Result<int> wait(const ShowArguments& arguments, Connection& connection, const Console& console) {
  const auto refs = parse_job_refs(arguments.jobs);
  if (!refs) return tl::unexpected(refs.error());
  std::vector<std::uint64_t> jobs;
  for (const JobRef& ref : *refs) {
    const auto found = find_jobs(connection, ref, Which::all);
    if (!found) return tl::unexpected(found.error());
    jobs.insert(jobs.end(), found->begin(), found->end());
  }
  int code = 0;
  const auto waited = wait_for_jobs(connection, jobs, Patience(console), [&](const Received& job) {
    console.print_line(arguments.json ? job.body : printable(end_text(job.answer)));
    console.flush();
    code = std::max(code, exit_code_of(job.answer));
  });
  if (!waited) return tl::unexpected(waited.error());
  return code;
}

Result<int> logs(const LogsArguments& arguments, Connection& connection, const Console& console) {
  const auto ref = parse_job_ref(arguments.job);
  if (!ref) return tl::unexpected(ref.error());
  const auto id = find_job(connection, *ref);
  if (!id) return tl::unexpected(id.error());
  LogPlace place{
      .job = *id, .task = arguments.task, .stream = arguments.error_stream ? LogStream::error : LogStream::output};
  std::string text;
  const OnText print = [&](std::string_view bytes) {
    console.print(bytes);
    console.flush();
  };
  const OnText keep = [&](std::string_view bytes) { text += bytes; };
  const OnText& on_text = arguments.json ? keep : print;
  if (arguments.follow) {
    const auto job = follow_log(connection, place, Patience(console), on_text);
    if (!job) return tl::unexpected(job.error());
  } else if (const auto read = read_log(connection, place, on_text); !read) {
    return tl::unexpected(read.error());
  }
  if (arguments.json) console.print_line(fmt::format(R"({{"job":{},"text":{}}})", *id, json_text(text)));
  return 0;
}

}  // namespace dure::cli
