#include "dure/server/ending.h"

namespace dure::server {
namespace {

Outcome outcome_of(const Job& job, const engine::Ending& ending) {
  switch (ending.how) {
    case engine::How::exited: return ending.exit_code == 0 ? Outcome::completed : Outcome::failed;
    case engine::How::timed_out: return Outcome::timed_out;
    case engine::How::cancelled: return job.stop_ordered == Outcome::expired ? Outcome::expired : Outcome::cancelled;
    case engine::How::evicted: return Outcome::evicted;
    case engine::How::start_failed: return Outcome::failed;
    case engine::How::lost: return Outcome::node_lost;
  }
  return Outcome::failed;
}

}  // namespace

Ended to_fact(const Job& job, const engine::Ending& ending) {
  return {.job = job.id, .outcome = outcome_of(job, ending), .exit_code = ending.exit_code, .reason = ending.why};
}

}  // namespace dure::server
