#include "dure/server/ending.h"

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

namespace dure::server {
namespace {

Outcome outcome_of(const Job& job, const engine::Ending& ending) {
  switch (ending.how) {
    case engine::How::exited: return ending.exit_code == 0 ? Outcome::completed : Outcome::failed;
    case engine::How::timed_out: return Outcome::timed_out;
    case engine::How::cancelled: return job.stop_ordered == Outcome::expired ? Outcome::expired : Outcome::cancelled;
    case engine::How::evicted: return job.stop_ordered == Outcome::node_lost ? Outcome::node_lost : Outcome::evicted;
    case engine::How::start_failed: return Outcome::failed;
    case engine::How::taken_back: return job.stop_ordered.value_or(Outcome::failed);
    case engine::How::lost: return Outcome::node_lost;
  }
  return Outcome::failed;
}

Time second_of(Time at) { return Time{} + seconds((at - Time{}).whole_seconds()); }

Time between(Time least, Time at, Time most) { return std::max(least, std::min(at, most)); }

// Nothing if they are those that were ordered, or are not as many.
std::vector<std::uint64_t> devices_of(const Allocation& ordered, const std::vector<std::uint64_t>& chosen) {
  const auto is_same = [](const Placement& placement, std::uint64_t gpus) { return placement.gpus == gpus; };
  const auto is_as_many = [](const Placement& placement, std::uint64_t gpus) {
    return std::popcount(placement.gpus) == std::popcount(gpus);
  };
  const auto all = [&](const auto& holds) {
    return std::equal(ordered.begin(), ordered.end(), chosen.begin(), chosen.end(), holds);
  };
  return all(is_as_many) && !all(is_same) ? chosen : std::vector<std::uint64_t>{};
}

}  // namespace

bool may_be_the_devices(const Job& job, const engine::Ending& ending) {
  const bool has_gpus = std::any_of(job.allocation.begin(), job.allocation.end(),
                                    [](const Placement& placement) { return placement.gpus != 0; });
  return has_gpus && ending.how == engine::How::exited && ending.exit_code != 0;
}

Started to_fact(const Job& job, const engine::Report& start, Time now) {
  return {.job = job.id,
          .at = between(second_of(job.ordered), start.at, now),
          .devices = devices_of(job.allocation, start.devices)};
}

Ended to_fact(const Job& job, const engine::Ending& ending, const SickDevices& sick, Time now) {
  Ended ended{.job = job.id, .outcome = outcome_of(job, ending), .exit_code = ending.exit_code, .reason = ending.why};
  if (ending.started_at) {
    const Time from = between(second_of(job.ordered), *ending.started_at, now);
    ended.ran = {from, between(from, ending.at, now)};
  }
  if (!may_be_the_devices(job, ending)) return ended;
  for (const Placement& placement : job.allocation) {
    const std::string why = sick.first_of(placement.gpus);
    if (why.empty()) continue;
    ended.outcome = Outcome::node_lost;
    ended.reason = ended.reason.empty() ? why : ended.reason + "; " + why;
    break;
  }
  return ended;
}

}  // namespace dure::server
