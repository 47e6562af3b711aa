#include "dure/forecast/plan.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <utility>

#include "dure/forecast/no_arrivals.h"
#include "dure/runtime/loop.h"
#include "dure/world/world.h"

namespace dure::forecast {
namespace {

// A site to which one wish comes, and in which no engine has answered yet.
class Doorstep final : public Inbox, public Engine {
 public:
  Doorstep(JobId first, Wish wish) {
    for (JobSpec& spec : wish) changes_.push_back(JobSubmitted{JobId{first.value + count_++}, std::move(spec)});
  }

  void drain(Time, std::vector<Change>& out) override { std::swap(out, changes_); }
  void refused(std::size_t, const Change&, const Error& error) override { refusal_ = error; }
  void execute(const State&, std::span<const Decision>) override {}

  const std::optional<Error>& refusal() const { return refusal_; }

 private:
  std::uint32_t count_ = 0;
  std::vector<Change> changes_;
  std::optional<Error> refusal_;
};

bool is_same_place(const DrawnStart& a, const DrawnStart& b) {
  return a.at != Time::never() && b.at != Time::never() && a.pool == b.pool &&
         std::equal(a.allocation.begin(), a.allocation.end(), b.allocation.begin(), b.allocation.end(),
                    [](const Placement& x, const Placement& y) { return x.node == y.node && x.tasks == y.tasks; });
}

}  // namespace

Result<void> submit_into(State& state, Time now, Wish wish, const MakePolicy& make_policy) {
  NoArrivals none;
  const World world(none, state, {});
  const std::unique_ptr<Policy> policy = make_policy(world);
  policy->rebuild(state);
  Doorstep doorstep(std::max(state.next_job(), JobId{1}), std::move(wish));
  NoJournal journal;
  Loop loop(state, *policy, doorstep, journal, doorstep);
  for (std::optional<Time> next = now; next && *next <= now && !doorstep.refusal();) next = loop.turn(now);
  if (doorstep.refusal()) return tl::unexpected(*doorstep.refusal());
  return {};
}

double Plan::chance_within(double seconds) const {
  const auto end = std::upper_bound(drawn.begin(), drawn.end(), seconds);
  return drawn.empty() ? 0 : static_cast<double>(end - drawn.begin()) / static_cast<double>(drawn.size());
}

std::size_t Plan::count_at(const DrawnStart& place) const {
  return static_cast<std::size_t>(std::count_if(starts.begin(), starts.end(),
                                                [&](const DrawnStart& other) { return is_same_place(place, other); }));
}

const DrawnStart* Plan::likely_place() const {
  const auto most = std::max_element(starts.begin(), starts.end(), [&](const DrawnStart& a, const DrawnStart& b) {
    return count_at(a) < count_at(b);
  });
  return most == starts.end() || most->at == Time::never() ? nullptr : &*most;
}

bool is_sooner(const Plan& changed, const Plan& as_is) {
  constexpr double least_gain = 300;
  constexpr double at_once = 60;
  const double before = as_is.start[1];
  const double after = changed.start[1];
  if (changed.chance_within(std::numeric_limits<double>::max()) < 0.5) return false;
  if (changed.starts_at_once) return before > at_once;
  return before - after >= std::max(least_gain, before / 5);
}

}  // namespace dure::forecast
