#include "dure/cli/change_command.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "dure/base/time.h"
#include "dure/cli/job_ref.h"

namespace dure::cli {
namespace {

struct Words {
  std::string_view verb;
  std::string_view past;
};
constexpr std::array<Words, 3> act_words{{{"cancel", "cancelled"}, {"hold", "held"}, {"release", "released"}}};

// A change to jobs, and how it is told.
struct Deed {
  std::function<Result<Received>(std::uint64_t job)> change;
  std::string_view past;  // `cancelled`
  bool json = false;
};

// What became of the jobs of one reference.
struct Tally {
  std::size_t changed = 0;
  std::size_t refused = 0;
  std::optional<Error> first;  // why the first was refused
};

// Goes on after a job that was refused, but not without a server.
Tally change_all(const std::vector<std::uint64_t>& jobs, const Deed& deed, const Console& console) {
  Tally tally;
  for (const std::uint64_t job : jobs) {
    const auto received = deed.change(job);
    if (received) {
      ++tally.changed;
      if (deed.json) console.print_line(received->body);
      continue;
    }
    ++tally.refused;
    if (!tally.first) tally.first = received.error();
    if (received.error().code == Code::unavailable) break;
  }
  return tally;
}

// One job, or the whole array. Returns the error of the first job that was refused.
Result<void> change_one(const JobRef& ref, const Deed& deed, Connection& connection, const Console& console) {
  const auto jobs = find_jobs(connection, ref, Which::not_ended);
  if (!jobs) return tl::unexpected(jobs.error());
  const Tally tally = change_all(*jobs, deed, console);
  const bool is_array = jobs->size() > 1;
  if (!deed.json && tally.changed > 0) {
    console.print_line(is_array ? fmt::format("{} {} jobs of array {}", deed.past, tally.changed, ref.job)
                                : fmt::format("{} job {}", deed.past, to_text(ref)));
  }
  if (!tally.first) return {};
  if (!is_array) return tl::unexpected(*tally.first);
  return fail(tally.first->code, fmt::format("not {}: {} of array {}; the first: {}", deed.past, tally.refused, ref.job,
                                             tally.first->message));
}

Result<int> change_each(const std::vector<std::string>& texts, const Deed& deed, Connection& connection,
                        const Console& console) {
  const auto refs = parse_job_refs(texts);
  if (!refs) return tl::unexpected(refs.error());
  int code = 0;
  for (const JobRef& ref : *refs) {
    const auto changed = change_one(ref, deed, connection, console);
    if (!changed) code = console.complain(changed.error());
    if (!changed && changed.error().code == Code::unavailable) break;
  }
  return code;
}

Result<std::string> change_body(const UpdateArguments& arguments) {
  std::vector<std::string> members;
  if (!arguments.time_limit.empty()) members.push_back("\"time_limit\":" + json_text(arguments.time_limit));
  if (!arguments.priority.empty()) members.push_back("\"priority\":" + arguments.priority);
  if (!arguments.name.empty()) members.push_back("\"name\":" + json_text(arguments.name));
  if (members.empty())
    return fail(Code::invalid_argument, "found nothing to change; give --time, --priority or --name");
  return fmt::format("{{{}}}", fmt::join(members, ","));
}

}  // namespace

Result<int> act_on_jobs(const ActArguments& arguments, Connection& connection, const Console& console) {
  const Words& words = act_words[static_cast<std::size_t>(arguments.act)];
  const auto change = [&](std::uint64_t job) {
    return connection.send(http::Method::post, fmt::format("/v1/jobs/{}/{}", job, words.verb));
  };
  return change_each(arguments.jobs, {.change = change, .past = words.past, .json = arguments.json}, connection,
                     console);
}

Result<int> update_jobs(const UpdateArguments& arguments, Connection& connection, const Console& console) {
  if (!arguments.time_limit.empty()) {
    if (const auto limit = parse_duration(arguments.time_limit); !limit) {
      return fail(Code::invalid_argument, "--time: " + limit.error().message);
    }
  }
  const auto body = change_body(arguments);
  if (!body) return tl::unexpected(body.error());
  const auto change = [&](std::uint64_t job) {
    return connection.send(http::Method::patch, fmt::format("/v1/jobs/{}", job), *body);
  };
  return change_each(arguments.jobs, {.change = change, .past = "updated", .json = arguments.json}, connection,
                     console);
}

}  // namespace dure::cli
