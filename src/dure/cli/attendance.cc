#include "dure/cli/attendance.h"

#include <fmt/format.h>

#include "dure/cli/interrupts.h"
#include "dure/cli/job_row.h"
#include "dure/cli/job_watch.h"
#include "dure/cli/patience.h"

namespace dure::cli {

Result<std::optional<Received>> Attendance::wait(const Wait& wait) {
  Connection connection(address_, Interrupts::is_pending);
  while (true) {
    auto received = wait(connection);
    if (received) return std::optional(*std::move(received));
    if (!Interrupts::take()) return tl::unexpected(received.error());
    if (is_cancelled_ || !cancel()) return std::nullopt;
  }
}

bool Attendance::cancel() {
  console_.note(fmt::format("cancelling job {}; Ctrl-C again leaves it to itself", job_));
  Connection connection(address_);
  const auto cancelled = connection.send(http::Method::post, fmt::format("/v1/jobs/{}/cancel", job_));
  if (!cancelled) console_.complain(cancelled.error());
  is_cancelled_ = cancelled.has_value();
  return is_cancelled_;
}

Result<int> Attendance::code_of(const Result<std::optional<Received>>& ended) const {
  if (!ended) return tl::unexpected(ended.error());
  if (!*ended) return interrupted_code;
  const Answer& row = (*ended)->answer;
  if (exit_code_of(row) != 0) console_.note(printable(end_text(row)));
  return is_cancelled_ ? interrupted_code : exit_code_of(row);
}

Result<int> Attendance::follow(const OnText& on_text, const std::function<void(const Received&)>& on_end) {
  LogPlace place{.job = job_};
  const auto ended =
      wait([&](Connection& connection) { return follow_log(connection, place, Patience(console_), on_text); });
  if (ended && *ended) on_end(**ended);
  return code_of(ended);
}

Result<int> Attendance::wait_for_end() {
  return code_of(
      wait([&](Connection& connection) { return wait_for_row(connection, job_, Patience(console_), has_ended); }));
}

}  // namespace dure::cli
