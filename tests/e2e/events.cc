#include "events.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <string>

namespace dure::e2e {
namespace {

bool is_of(const Event& event, std::string_view kind, std::uint64_t job) {
  const auto* of = event.if_contains("job");
  return event.at("kind").as_string() == kind && of != nullptr && of->to_number<std::uint64_t>() == job;
}

}  // namespace

bool wait_for(const ServerProcess& server, std::uint64_t since, const std::function<bool(const Event&)>& wanted,
              Clock::time_point deadline) {
  http::Client client(
      {.url = server.address(), .token = server.token(), .is_cancelled = [=] { return Clock::now() > deadline; }});
  bool is_there = false;
  const auto look = [&](const http::Event& event) {
    is_there = wanted(boost::json::parse(event.data).as_object());
    return is_there ? http::Next::stop : http::Next::go_on;
  };
  (void)client.stream("/v1/events?since=" + std::to_string(since), look);
  return is_there;
}

bool wait_until_idle(const ServerProcess& server, Clock::time_point deadline) {
  http::Client client = server.client();
  while (Clock::now() < deadline) {
    const boost::json::value left = get(client, "/v1/jobs?limit=1000");
    if (left.is_null()) return false;
    const boost::json::array& jobs = left.at("jobs").as_array();
    if (jobs.empty()) return true;
    for (const boost::json::value& job : jobs) {
      if (job.at("state").as_string() != "held") continue;
      const auto id = std::to_string(job.at("id").to_number<std::uint64_t>());
      (void)client.send(http::Method::post, "/v1/jobs/" + id + "/release");
    }
    const auto has_ended = [](const Event& event) { return event.at("kind").as_string() == "job_ended"; };
    if (!wait_for(server, left.at("sequence").to_number<std::uint64_t>(), has_ended, deadline)) return false;
  }
  return false;
}

bool wait_until_ended(const ServerProcess& server, std::uint64_t job, Clock::time_point deadline) {
  const auto is_it = [=](const Event& e) { return is_of(e, "job_ended", job) && e.at("final").as_bool(); };
  return wait_for(server, 0, is_it, deadline);
}

bool wait_until_started(const ServerProcess& server, std::uint64_t job, Clock::time_point deadline) {
  return wait_for(server, 0, [=](const Event& e) { return is_of(e, "job_started", job); }, deadline);
}

}  // namespace dure::e2e
