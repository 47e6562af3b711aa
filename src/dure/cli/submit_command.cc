#include "dure/cli/submit_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "dure/cli/file_text.h"
#include "dure/cli/job_row.h"
#include "dure/cli/job_watch.h"
#include "dure/cli/plan_text.h"
#include "dure/cli/time_text.h"

namespace dure::cli {
namespace {

Result<Submission> read_submission(const SubmitArguments& arguments, const Surroundings& surroundings) {
  if (!arguments.file.empty()) {
    const TypedFile file{.path = arguments.file.front(),
                         .batch_options = {arguments.file.begin() + 1, arguments.file.end()},
                         .arguments = arguments.words};
    return submission_of_file(file, arguments.job, surroundings);
  }
  if (!arguments.words.empty()) return submission_of_command(arguments.words, arguments.job, surroundings);
  return fail(Code::invalid_argument,
              "found nothing to submit; name a job file or a script, or put `--` before a command");
}

std::string submitted_text(std::int64_t id, std::int64_t count) {
  if (count == 1) return fmt::format("submitted job {}", id);
  return fmt::format("submitted array {} of {} jobs", id, count);
}

// The ids of all jobs that were accepted; says what became of each document.
std::vector<std::uint64_t> tell(const Answer& answer, bool is_quiet, const Console& console, int& code) {
  std::vector<std::uint64_t> ids;
  for (const Answer& job : answer["jobs"].items()) {
    if (job["error"].exists()) {
      code = console.complain({Code::failed, job["error"].text()});
      continue;
    }
    const std::int64_t count = job["count"].exists() ? job["count"].integer() : 1;
    if (!is_quiet) console.print_line(submitted_text(job["id"].integer(), count));
    for (std::int64_t i = 0; i < count; ++i) ids.push_back(static_cast<std::uint64_t>(job["id"].integer() + i));
  }
  return ids;
}

// What the server has against it, by the name that the person knows.
Result<Received> told_of_file(Result<Received> received, const Submission& submission, const std::string& shown) {
  if (received) return received;
  const std::string& message = received.error().message;
  return fail(received.error().code,
              submission.is_made ? without_places(message, "job", shown) : with_file_name(message, "job", shown));
}

Result<int> plan(const SubmitArguments& arguments, const Submission& submission, const std::string& shown,
                 Connection& connection, const Console& console) {
  if (!arguments.deadline.empty())
    return fail(Code::invalid_argument, "--deadline: found beside --plan, which tells the chance anyway; leave it out");
  if (arguments.wait)
    return fail(Code::invalid_argument, "--wait: found beside --plan, which submits nothing; leave it out");
  const auto received = told_of_file(
      connection.send(http::Method::post, "/v1/plans", submission.body, {{"Content-Type", submission.content_type}}),
      submission, shown);
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) {
    console.print_line(received->body);
  } else {
    console.print(plan_text(received->answer, now_by_clock()));
  }
  return 0;
}

}  // namespace

void take_own_options(SubmitArguments& arguments) {
  std::vector<std::string> kept;
  for (std::string& word : arguments.file) {
    const bool is_json = !kept.empty() && word == "--json";
    const bool is_plan = !kept.empty() && word == "--plan";
    const bool is_wait = !kept.empty() && (word == "--wait" || word == "-W");
    arguments.json = arguments.json || is_json;
    arguments.plan = arguments.plan || is_plan;
    arguments.wait = arguments.wait || is_wait;
    if (!is_json && !is_plan && !is_wait) kept.push_back(std::move(word));
  }
  arguments.file = std::move(kept);
}

Result<Received> send_submission(Connection& connection, const Submission& submission, const std::string& shown,
                                 const std::string& deadline) {
  const std::string path = Path("/v1/jobs").with("deadline", deadline).text();
  return told_of_file(connection.post_once(path, submission.body, submission.content_type), submission, shown);
}

Result<int> submit(SubmitArguments arguments, const Surroundings& surroundings, Connection& connection,
                   const Console& console) {
  take_own_options(arguments);
  const auto submission = read_submission(arguments, surroundings);
  if (!submission) return tl::unexpected(submission.error());
  for (const std::string& warning : submission->warnings) console.note(warning);
  const std::string shown = arguments.file.empty() ? "job" : arguments.file.front();
  if (arguments.plan) return plan(arguments, *submission, shown, connection, console);
  const auto received = send_submission(connection, *submission, shown, arguments.deadline);
  if (!received) return tl::unexpected(received.error());
  if (arguments.json) console.print_line(received->body);
  const std::string warning = received->answer["warning"].text();
  if (!arguments.json && !warning.empty()) console.note(warning);
  int code = 0;
  const std::vector<std::uint64_t> jobs = tell(received->answer, arguments.json, console, code);
  if (!arguments.wait) return code;
  console.flush();
  const auto waited = wait_for_jobs(connection, jobs, Patience(console), [&](const Received& job) {
    console.print_line(arguments.json ? job.body : end_text(job.answer));
    console.flush();
    code = std::max(code, exit_code_of(job.answer));
  });
  if (!waited) return tl::unexpected(waited.error());
  return code;
}

}  // namespace dure::cli
