#include "dure/server/ending.h"

#include <algorithm>
#include <string>

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

}  // namespace

bool may_be_the_devices(const Job& job, const engine::Ending& ending) {
  const bool has_gpus = std::any_of(job.allocation.begin(), job.allocation.end(),
                                    [](const Placement& placement) { return placement.gpus != 0; });
  return has_gpus && ending.how == engine::How::exited && ending.exit_code != 0;
}

Ended to_fact(const Job& job, const engine::Ending& ending, const SickDevices& sick) {
  Ended ended{.job = job.id, .outcome = outcome_of(job, ending), .exit_code = ending.exit_code, .reason = ending.why};
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
