#include "dure/forecast/draw.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "dure/base/slab.h"
#include "dure/runtime/loop.h"

namespace dure::forecast {
namespace {

// Takes down when the jobs of interest start, and where if that is wanted: of a hundred thousand it would be long.
enum class Keep : std::uint8_t { times, places };

class Starts final : public Observer {
 public:
  Starts(std::span<const JobId> jobs, Keep keep)
      : times_(jobs.size(), Time::never()), starts_(keep == Keep::places ? jobs.size() : 0), left_(jobs.size()) {
    for (std::size_t i = 0; i < jobs.size(); ++i) places_.insert(jobs[i], i);
  }

  void on_fact(const State&, const Fact& fact) override {
    if (const auto* start = std::get_if<StartOrdered>(&fact.change)) {
      const std::size_t* place = starts_.empty() ? nullptr : places_.find(start->job);
      if (place != nullptr) starts_[*place] = {fact.time, start->pool, start->allocation};
      note(start->job, fact.time);
    }
    // It never will.
    if (const auto* cancelled = std::get_if<JobCancelled>(&fact.change)) note(cancelled->job, Time::never());
  }
  void on_turn(const State&, bool) override {}

  bool are_all_known() const { return left_ == 0; }
  std::vector<Time> take_times() { return std::move(times_); }
  std::vector<DrawnStart> take_starts() { return std::move(starts_); }

 private:
  void note(JobId job, Time time) {
    const std::size_t* place = places_.find(job);
    if (place == nullptr) return;
    times_[*place] = time;
    places_.erase(job);
    --left_;
  }

  Slab<JobId, std::size_t> places_;
  std::vector<Time> times_;
  std::vector<DrawnStart> starts_;
  std::size_t left_;
};

}  // namespace

State draw(const Outset& outset, const RunLeft& run_left, JobSource& arrivals, Observer& observer,
           const std::function<bool()>& is_over) {
  const auto is_closed = [&] { return outset.is_closed != nullptr && *outset.is_closed; };
  State state = outset.present;
  state.unchain();
  World world(arrivals, state, outset.world);
  state.jobs().for_each([&](JobId, const Job& job) { world.adopt(outset.now, job, run_left(job)); });
  const std::unique_ptr<Policy> policy = outset.make_policy(world);
  policy->rebuild(state);
  NoJournal journal;
  Loop loop(state, *policy, world, journal, world);
  loop.add_observer(observer);
  std::optional<Time> wakeup = outset.is_otherwise ? outset.now : policy->next_wakeup(state, outset.now);
  while (!is_over() && !is_closed()) {
    std::optional<Time> next = world.next_time();
    if (wakeup && (!next || *wakeup < *next)) next = wakeup;
    if (!next || *next > outset.until) break;
    wakeup = loop.turn(std::max(*next, outset.now));
  }
  return state;
}

std::vector<Time> draw_starts(const Outset& outset, std::span<const JobId> jobs, const RunLeft& run_left,
                              JobSource& arrivals) {
  Starts starts(jobs, Keep::times);
  (void)draw(outset, run_left, arrivals, starts, [&] { return starts.are_all_known(); });
  return starts.take_times();
}

std::vector<DrawnStart> draw_places(const Outset& outset, std::span<const JobId> jobs, const RunLeft& run_left,
                                    JobSource& arrivals) {
  Starts starts(jobs, Keep::places);
  (void)draw(outset, run_left, arrivals, starts, [&] { return starts.are_all_known(); });
  return starts.take_starts();
}

}  // namespace dure::forecast
