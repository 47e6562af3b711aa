#include "dure/what_if/saved_work.h"

namespace dure::what_if {
namespace {

Duration saved_at_once(const Job& job, Time now) {
  return job.checkpoint && job.has_run() ? now - job.resumed : Duration{};
}

Duration saved_on_the_way(const Job& job, Time now) {
  return job.checkpoint && job.has_run() ? (now - job.resumed) - job.work_at_stake(now) : Duration{};
}

}  // namespace

void SavedWork::note(const State& state, const Fact& fact) {
  if (const auto* swap = std::get_if<NodesSwapped>(&fact.change)) {
    saved_[swap->job] = of(swap->job) + saved_on_the_way(state.departed(), fact.time);
  }
  const auto* ended = std::get_if<Ended>(&fact.change);
  if (ended == nullptr) return;
  const Job& job = state.departed();
  if (!job.goes_back(ended->outcome)) {
    saved_.erase(job.id);
    return;
  }
  const bool is_told = ended->outcome == Outcome::evicted;
  const Duration saved = is_told ? saved_at_once(job, fact.time) : saved_on_the_way(job, fact.time);
  if (saved > Duration{}) saved_[job.id] = of(job.id) + saved;
}

}  // namespace dure::what_if
