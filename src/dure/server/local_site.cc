#include "dure/server/local_site.h"

#include <algorithm>
#include <map>
#include <utility>

#include "dure/fleet/served_fleet.h"
#include "dure/server/ending.h"

namespace dure::server {

void LocalSite::recover(const State& state, Loop& loop, Sites& sites, const SickDevices& sick, Time now) {
  std::multimap<Time, Change> happened;  // in the order of time, and of insertion at one time
  std::map<JobId, bool> found_jobs;      // and whether they still run
  for (const engine::Found& found : engine_.recover()) {
    const Job* job = state.jobs().find(found.id.job);
    const bool is_ours = job != nullptr && job->holds_devices() && job->evictions == found.id.restart &&
                         is_local(state.fleet(), job->pool);
    if (!is_ours) {
      // Its end is a fact already, and only its records were left. What still runs must not.
      if (found.state == engine::Found::State::ended) {
        engine_.forget(found.id);
      } else {
        engine_.stop(found.id, {});
      }
      continue;
    }
    found_jobs[job->id] = !found.ending;
    const bool has_started = found.started_at && job->started < job->ordered;
    if (has_started) {
      const engine::Report start{.id = found.id, .at = *found.started_at, .ending = {}};
      happened.emplace(start.at, to_fact(*job, start, now));
    }
    if (!found.ending) continue;
    happened.emplace(found.ending->at, to_fact(*job, *found.ending, sick, now));
  }
  for (const JobId id : state.jobs().sorted_ids()) {
    const Job& job = state.jobs()[id];
    if (!job.holds_devices() || !is_local(state.fleet(), job.pool)) continue;
    const auto known = found_jobs.find(id);
    const bool is_stopping = job.state == JobState::stopping;
    if (known != found_jobs.end()) {
      // An order for one that has ended would hit its next attempt.
      if (is_stopping && known->second) sites.stop_again(job);
    } else if (job.state == JobState::starting) {
      sites.start_again(job);  // decided and durable, and not sent any more
    } else if (is_stopping) {
      // Neither of its two orders was sent any more, or it is gone: as was wished.
      happened.emplace(state.now(), Ended{.job = id, .outcome = *job.stop_ordered, .reason = "it had not begun"});
    } else {
      happened.emplace(state.now(),
                       Ended{.job = id, .outcome = Outcome::node_lost, .reason = "the records of its run are gone"});
    }
  }
  for (auto& [at, change] : happened) {
    // The loop may have known more recent things when it died.
    (void)loop.catch_up(std::max(std::min(at, now), state.now()), std::move(change));
  }
}

}  // namespace dure::server
