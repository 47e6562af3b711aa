#include "dure/cli/run_command.h"

#include <fmt/format.h>

#include <cstdint>

#include "dure/cli/connection.h"
#include "dure/cli/interrupts.h"
#include "dure/cli/job_row.h"
#include "dure/cli/log_reader.h"
#include "dure/cli/submit_command.h"

namespace dure::cli {
namespace {

constexpr int interrupted_code = 130;  // as of a shell

Result<void> check(const RunArguments& arguments) {
  if (arguments.interactive) {
    return fail(Code::invalid_argument,
                "-it: interactive jobs are not supported; leave it out, and the output is shown "
                "as it comes");
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

// Returns false if it cannot be asked for any more, as when it has ended meanwhile.
bool ask_to_cancel(std::uint64_t job, const ServerAddress& address, const Console& console) {
  console.note(fmt::format("cancelling job {}; Ctrl-C again leaves it to itself", job));
  Connection connection(address);
  const auto cancelled = connection.send(http::Method::post, fmt::format("/v1/jobs/{}/cancel", job));
  if (!cancelled) console.complain(cancelled.error());
  return cancelled.has_value();
}

void tell_end(const Answer& row, const Console& console) {
  if (exit_code_of(row) != 0) console.note(printable(end_text(row)));
}

// Follows the job to its end.
Result<int> attend(std::uint64_t job, const RunArguments& arguments, const ServerAddress& address,
                   const Console& console) {
  Connection connection(address, Interrupts::is_pending);
  LogPlace place{.job = job};
  const OnText print = [&](std::string_view bytes) {
    console.print(bytes);
    console.flush();
  };
  bool is_cancelled = false;
  while (true) {
    const auto ended = follow_log(connection, place, Patience(console), arguments.json ? OnText([](auto) {}) : print);
    if (ended) {
      if (arguments.json) console.print_line(ended->body);
      tell_end(ended->answer, console);
      return is_cancelled ? interrupted_code : exit_code_of(ended->answer);
    }
    if (!Interrupts::take()) return tl::unexpected(ended.error());
    if (is_cancelled || !ask_to_cancel(job, address, console)) return interrupted_code;
    is_cancelled = true;
  }
}

}  // namespace

Result<int> run(const RunArguments& arguments, const Surroundings& surroundings, const ServerAddress& address,
                const Console& console) {
  if (const auto checked = check(arguments); !checked) return tl::unexpected(checked.error());
  const auto submission = submission_of_command(arguments.words, arguments.job, surroundings);
  if (!submission) return tl::unexpected(submission.error());
  const Interrupts interrupts;
  Connection connection(address);
  const auto received = send_submission(connection, *submission, "job");
  if (!received) return tl::unexpected(received.error());
  const auto jobs = received->answer["jobs"].items();
  if (jobs.empty()) return fail(Code::failed, "the server's answer names no job; is it of another version?");
  const auto job = static_cast<std::uint64_t>(jobs.front()["id"].integer());
  if (arguments.json) console.print_line(received->body);
  console.note(fmt::format("submitted job {}", job));
  return attend(job, arguments, address, console);
}

}  // namespace dure::cli
