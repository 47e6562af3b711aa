#include "dure/cli/run_command.h"

#include <fmt/format.h>

#include <cstdint>

#include "dure/cli/attendance.h"
#include "dure/cli/connection.h"
#include "dure/cli/interrupts.h"
#include "dure/cli/submit_command.h"
#include "dure/cli/terminal_run.h"

namespace dure::cli {
namespace {

Result<void> check(const RunArguments& arguments) {
  if (arguments.job.terminal && arguments.json) {
    return fail(Code::invalid_argument, "--json: a terminal shows what the job writes alone; leave out one of the two");
  }
  if (!arguments.job.array.empty()) {
    return fail(Code::invalid_argument, "--array: run shows one job; use `dure submit` for an array");
  }
  if (arguments.words.empty()) {
    return fail(Code::invalid_argument,
                "found no command; write it behind `--`, such as: dure run -- python3 train.py");
  }
  return {};
}

// Follows the job to its end.
Result<int> follow(Attendance& attendance, bool as_json, const Console& console) {
  const OnText print = [&](std::string_view bytes) {
    if (as_json) return;
    console.print(bytes);
    console.flush();
  };
  return attendance.follow(print, [&](const Received& ended) {
    if (as_json) console.print_line(ended.body);
  });
}

}  // namespace

Result<int> run(const RunArguments& arguments, const Surroundings& surroundings, const ServerAddress& address,
                const Console& console) {
  if (const auto checked = check(arguments); !checked) return tl::unexpected(checked.error());
  const auto submission = submission_of_command(arguments.words, arguments.job, surroundings);
  if (!submission) return tl::unexpected(submission.error());
  const Interrupts interrupts;
  Connection connection(address);
  if (arguments.job.terminal) {
    if (const auto checked = check_has_terminal().and_then([&] { return check_is_here(connection); }); !checked)
      return tl::unexpected(checked.error());
  }
  const auto received = send_submission(connection, *submission, "job");
  if (!received) return tl::unexpected(received.error());
  const auto jobs = received->answer["jobs"].items();
  if (jobs.empty()) return fail(Code::failed, "the server's answer names no job; is it of another version?");
  const auto job = static_cast<std::uint64_t>(jobs.front()["id"].integer());
  if (arguments.json) console.print_line(received->body);
  console.note(fmt::format("submitted job {}", job));
  Attendance attendance(job, address, console);
  return arguments.job.terminal ? run_at_terminal(attendance) : follow(attendance, arguments.json, console);
}

}  // namespace dure::cli
