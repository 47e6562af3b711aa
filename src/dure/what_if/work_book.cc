#include "dure/what_if/work_book.h"

#include <algorithm>

#include "dure/base/random.h"

namespace dure::what_if {
namespace {

bool is_by_itself(Outcome outcome) {
  return outcome == Outcome::completed || outcome == Outcome::failed || outcome == Outcome::timed_out;
}

}  // namespace

void WorkBook::note(const State& state, const Fact& fact) {
  if (const auto* submitted = std::get_if<JobSubmitted>(&fact.change)) {
    demand_.learn(state, fact.time, submitted->spec);
  }
  if (forecast::declares_anew(fact.change)) demand_.renumber(state);
  if (const auto* ended = std::get_if<Ended>(&fact.change)) note_end(state, dure::end_of(*ended, fact.time), *ended);
  saved_.note(state, fact);
}

void WorkBook::note_end(const State& state, Time end, const Ended& ended) {
  const Job& job = state.departed();
  if (!job.has_run() || job.goes_back(ended.outcome)) return;
  const Duration ran = std::max(end - job.resumed, Duration{1});
  Known known{.work = saved_.of(job.id) + ran,
              .outcome = ended.outcome,
              .exit_code = ended.exit_code,
              .is_cut = !is_by_itself(ended.outcome)};
  if (ended.outcome == Outcome::timed_out) known.work = longest_duration;
  if (!ended.reason.empty() && !known.is_cut) reasons_[job.id] = ended.reason;
  if (!known.is_cut && end > job.started) run_times_.learn(forecast::likeness_of(state, job), end - job.started);
  known_[job.id] = known;
}

void WorkBook::close(const State& state) {
  state.jobs().for_each([&](JobId id, const Job& job) {
    const Duration ran = job.state == JobState::running ? state.now() - job.resumed : Duration{};
    known_[id] = {.work = saved_.of(id) + ran, .is_cut = true};
  });
}

OwnEnd WorkBook::end_of(const State& state, const Job& job, JobId original) const {
  const auto found = known_.find(original);
  if (found == known_.end() || found->second.is_cut) {
    const Duration done = found == known_.end() ? Duration{} : found->second.work;
    Random random(original.value);
    return {.work = run_times_.draw(forecast::likeness_of(state, job), done, job.time_limit, random), .reason = {}};
  }
  const Known& known = found->second;
  const auto reason = reasons_.find(original);
  return {.work = known.work,
          .outcome = known.outcome == Outcome::timed_out ? Outcome::completed : known.outcome,
          .exit_code = known.exit_code,
          .reason = reason == reasons_.end() ? std::string{} : reason->second};
}

}  // namespace dure::what_if
