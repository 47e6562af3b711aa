#include "dure/cli/log_reader.h"

#include <fmt/format.h>

#include <string>

#include "dure/cli/job_watch.h"

namespace dure::cli {
namespace {

std::string path_of(const LogPlace& place, bool follows) {
  return fmt::format("/v1/jobs/{}/logs?task={}&stream={}&offset={}{}", place.job, place.task,
                     place.stream == LogStream::output ? "output" : "error", place.offset,
                     follows ? "&follow=true" : "");
}

Result<void> download(Connection& connection, LogPlace& place, bool follows, const OnText& on_text) {
  return connection.download(path_of(place, follows), [&](std::string_view bytes) {
    on_text(bytes);
    place.offset += bytes.size();
    return http::Next::go_on;
  });
}

// A job that has not begun has no log; a stream that says nothing for long, or belongs to a server that stops, ends.
bool may_go_on(const Result<void>& read) {
  return read || read.error().code == Code::unavailable || read.error().code == Code::not_found;
}

}  // namespace

Result<void> read_log(Connection& connection, LogPlace& place, const OnText& on_text) {
  return download(connection, place, false, on_text);
}

Result<Received> follow_log(Connection& connection, LogPlace& place, Patience patience, const OnText& on_text) {
  constexpr Duration pause{250'000'000};  // between two looks at a log that is not there yet
  while (true) {
    const std::uint64_t offset = place.offset;
    const auto read = download(connection, place, true, on_text);
    if (!may_go_on(read)) return tl::unexpected(read.error());
    auto job = get_job(connection, place.job);
    if (!job) {
      if (patience.wait_after(job.error())) continue;
      return job;
    }
    patience.renew();
    if (has_ended(job->answer)) {
      const auto rest = read_log(connection, place, on_text);
      if (!rest && rest.error().code != Code::not_found) return tl::unexpected(rest.error());
      return job;
    }
    if (place.offset == offset) pause_for(pause);
  }
}

}  // namespace dure::cli
