#include "dure/cli/change_command.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <functional>
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

using Change = std::function<Result<Received>(std::uint64_t job)>;

// One job, or the whole array.
Result<void> change_one(const JobRef& ref, const Change& change, std::string_view past, bool json,
                        Connection& connection, const Console& console) {
  const auto jobs = find_jobs(connection, ref, Which::not_ended);
  if (!jobs) return tl::unexpected(jobs.error());
  for (const std::uint64_t job : *jobs) {
    const auto received = change(job);
    if (!received) return tl::unexpected(received.error());
    if (json) console.print_line(received->body);
  }
  if (json) return {};
  const bool is_array = jobs->size() > 1;
  console.print_line(is_array ? fmt::format("{} {} jobs of array {}", past, jobs->size(), ref.job)
                              : fmt::format("{} job {}", past, to_text(ref)));
  return {};
}

Result<int> change_each(const std::vector<std::string>& texts, const Change& change, std::string_view past, bool json,
                        Connection& connection, const Console& console) {
  const auto refs = parse_job_refs(texts);
  if (!refs) return tl::unexpected(refs.error());
  int code = 0;
  for (const JobRef& ref : *refs) {
    const auto changed = change_one(ref, change, past, json, connection, console);
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
  const Change change = [&](std::uint64_t job) {
    return connection.send(http::Method::post, fmt::format("/v1/jobs/{}/{}", job, words.verb));
  };
  return change_each(arguments.jobs, change, words.past, arguments.json, connection, console);
}

Result<int> update_jobs(const UpdateArguments& arguments, Connection& connection, const Console& console) {
  if (!arguments.time_limit.empty()) {
    if (const auto limit = parse_duration(arguments.time_limit); !limit) {
      return fail(Code::invalid_argument, "--time: " + limit.error().message);
    }
  }
  const auto body = change_body(arguments);
  if (!body) return tl::unexpected(body.error());
  const Change change = [&](std::uint64_t job) {
    return connection.send(http::Method::patch, fmt::format("/v1/jobs/{}", job), *body);
  };
  return change_each(arguments.jobs, change, "updated", arguments.json, connection, console);
}

}  // namespace dure::cli
