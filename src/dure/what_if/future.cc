#include "dure/what_if/future.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "dure/base/random.h"
#include "dure/forecast/draw.h"
#include "dure/what_if/tally.h"
#include "dure/what_if/translation.h"

namespace dure::what_if {
namespace {

// What arrives, in other ids and as often as it is to be.
class ArrivalsOtherwise final : public JobSource {
 public:
  // All must outlive this object.
  ArrivalsOtherwise(JobSource& arrivals, Translation& translation, const State& ours)
      : arrivals_(arrivals), translation_(translation), ours_(ours), next_(ours.next_job()) {}

  std::optional<SourcedJob> next() override {
    while (waiting_.empty()) {
      auto job = arrivals_.next();
      if (!job) return std::nullopt;
      translate(*std::move(job));
    }
    SourcedJob job = std::move(waiting_.front());
    waiting_.pop_front();
    return job;
  }
  std::uint64_t total() const override { return 0; }  // nobody knows

 private:
  void translate(SourcedJob job) {
    std::vector<Change> said;
    translation_.translate(JobSubmitted{next_, job.spec}, ours_, said);
    ++next_.value;
    for (Change& change : said) {
      job.spec = std::move(std::get<JobSubmitted>(change).spec);
      waiting_.push_back(job);
    }
  }

  JobSource& arrivals_;
  Translation& translation_;
  const State& ours_;
  JobId next_;
  std::deque<SourcedJob> waiting_;
};

// Each job has a generator of its own, so that it takes as long on both sides.
Duration run_left(const Future& future, const State& state, const Job& job, std::uint64_t seed) {
  Random random(seed ^ (std::uint64_t{job.id.value} << 32));
  const bool runs = job.state == JobState::running;
  const Duration done = runs ? std::max(future.present.now() - job.started, Duration{}) : Duration{};
  const auto likeness = forecast::likeness_of(state, job);
  return future.book.run_times().draw(likeness, done, job.time_limit, random) - done;
}

TenantFigures draw_one(const Future& future, const State& present, const DureOptions& policy, JobSource& arrivals,
                       std::uint64_t seed) {
  const forecast::MakePolicy make_policy = [&](const World&) { return std::make_unique<DurePolicy>(policy); };
  Tally tally(present, present.now());
  const State end = forecast::draw(
      {.present = present,
       .now = present.now(),
       .until = future.until,
       .make_policy = make_policy,
       .world = {.seed = seed},
       .is_otherwise = true},
      [&](const Job& job) { return run_left(future, present, job, seed); }, arrivals, tally, [] { return false; });
  return tally.close(end, std::max(future.until, end.now()));
}

}  // namespace

Result<Pair> draw_both(const Future& future, const Changes& changes, std::uint64_t seed) {
  const auto otherwise = changed(future.present, changes);
  if (!otherwise) return tl::unexpected<Error>(otherwise.error());
  const auto arrivals = [&] {
    return forecast::ArrivalsDrawn(future.book.demand(), future.book.run_times(), future.present.now(), future.until,
                                   seed);
  };
  auto as_they_come = arrivals();
  Pair pair{.present = draw_one(future, future.present, future.policy, as_they_come, seed), .changed = {}};
  auto again = arrivals();
  Translation translation(future.present, changes.fleet.has_value(), changes.tenants.has_value(), changes.demand);
  ArrivalsOtherwise other(again, translation, *otherwise);
  pair.changed = draw_one(future, *otherwise, changes.policy.value_or(future.policy), other, seed);
  return pair;
}

}  // namespace dure::what_if
