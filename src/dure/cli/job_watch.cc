#include "dure/cli/job_watch.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>

namespace dure::cli {
namespace {

// Invariant: `open_` are the jobs that were not seen ended.
class JobWatch {
 public:
  JobWatch(Connection& connection, const std::vector<std::uint64_t>& jobs,
           const std::function<void(const Received&)>& on_end)
      : events_(connection), questions_(connection.another()), open_(jobs.begin(), jobs.end()), on_end_(on_end) {}

  bool is_over() const { return open_.empty(); }

  // Looks at the jobs, then follows what happens from the moment before: nothing falls between. Returns when all have
  // ended, or the stream has.
  Result<void> pass() {
    const auto server = questions_.get("/v1/server");
    if (!server) return tl::unexpected(server.error());
    for (const std::uint64_t job : std::vector(open_.begin(), open_.end())) {
      if (const auto looked = look_at(job); !looked) return tl::unexpected(looked.error());
    }
    if (is_over()) return {};
    const std::string path = open_.size() == 1 ? fmt::format("/v1/events?job={}", *open_.begin()) : "/v1/events";
    std::optional<Error> failed;
    const auto followed = events_.stream(
        path, [&](const http::Event& event) { return take(event, failed); },
        std::to_string(server->answer["sequence"].integer()));
    if (failed) return tl::unexpected(*failed);
    return followed;
  }

 private:
  // Returns whether it has ended.
  Result<bool> look_at(std::uint64_t job) {
    const auto received = get_job(questions_, job);
    if (!received) return tl::unexpected(received.error());
    if (!has_ended(received->answer)) return false;
    open_.erase(job);
    on_end_(*received);
    return true;
  }

  http::Next take(const http::Event& event, std::optional<Error>& failed) {
    if (event.name != "job_ended" && event.name != "job_cancelled") return http::Next::go_on;
    const auto data = Answer::parse(event.data);
    const std::uint64_t job = data ? static_cast<std::uint64_t>((*data)["job"].integer()) : 0;
    if (!open_.contains(job)) return http::Next::go_on;
    const auto looked = look_at(job);
    if (!looked) failed = looked.error();
    // An end that does not show yet is looked for in another pass.
    const bool is_early = looked && !*looked && event.name == "job_ended";
    return failed || is_over() || is_early ? http::Next::stop : http::Next::go_on;
  }

  Connection& events_;
  Connection questions_;  // while the other one streams
  std::set<std::uint64_t> open_;
  const std::function<void(const Received&)>& on_end_;
};

// Looks at the job, and if it is not as wanted, waits until something has happened to it since.
Result<Received> look_or_wait(Connection& connection, std::uint64_t job,
                              const std::function<bool(const Answer&)>& is_it) {
  const auto server = connection.get("/v1/server");
  if (!server) return server;
  auto row = get_job(connection, job);
  if (!row || is_it(row->answer)) return row;
  const auto followed = connection.stream(
      fmt::format("/v1/events?job={}", job), [](const http::Event&) { return http::Next::stop; },
      std::to_string(server->answer["sequence"].integer()));
  if (!followed) return tl::unexpected(followed.error());
  return row;
}

}  // namespace

Result<Received> wait_for_row(Connection& connection, std::uint64_t job, Patience patience,
                              const std::function<bool(const Answer& row)>& is_it) {
  for (;;) {
    auto row = look_or_wait(connection, job, is_it);
    if (row && is_it(row->answer)) return row;
    if (row) {
      patience.renew();
    } else if (!patience.wait_after(row.error())) {
      return row;
    }
  }
}

Result<void> wait_for_jobs(Connection& connection, const std::vector<std::uint64_t>& jobs, Patience patience,
                           const std::function<void(const Received& job)>& on_end) {
  JobWatch watch(connection, jobs, on_end);
  while (!watch.is_over()) {
    const auto passed = watch.pass();
    if (passed) {
      patience.renew();
    } else if (!patience.wait_after(passed.error())) {
      return passed;
    }
  }
  return {};
}

Result<Received> get_job(Connection& connection, std::uint64_t job) {
  return connection.get(fmt::format("/v1/jobs/{}", job));
}

bool has_ended(const Answer& row) { return row["state"].text() == "ended"; }

}  // namespace dure::cli
