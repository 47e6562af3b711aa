// A small estate, run by hand, with a forecaster that hears of all of it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "dure/forecast/forecaster.h"
#include "dure/policy/dure_policy.h"
#include "dure/runtime/loop.h"

namespace dure::forecast {

inline std::unique_ptr<Policy> dure_policy(const World&) { return std::make_unique<DurePolicy>(DureOptions{}); }

inline JobSpec job_of(std::uint32_t gpus, Duration limit) {
  return {.tenant = TenantId{0},
          .user = UserId{0},
          .shape = {.per_task = {.gpu_milli = std::int64_t{gpus} * 1000}},
          .time_limit = limit};
}

// Nodes of 4 GPUs, one if nothing else is said.
class Site final : public Inbox, public Engine {
 public:
  explicit Site(ForecastOptions options = {.draws = 16, .threads = 2, .horizon = days(7)}, std::uint32_t nodes = 1)
      : forecaster(options, dure_policy, [this](const Forecast& made, double s) { outcomes.emplace_back(made, s); }),
        loop_(state, policy_, *this, journal_, *this) {
    loop_.add_observer(forecaster);
    tell(FleetDeclared{
        {.name = "f",
         .sites = {
             {.name = "s", .pools = {{.name = "p", .gpu_model = "X", .gpus_per_node = 4, .nodes_per_rack = nodes}}}}}});
    tell(TenantsDeclared{{.roots = {{.name = "a"}}}});
    tell(UserDeclared{UserId{0}, "kim"});
    turn(Time{});
  }

  JobId submit(Time now, std::uint32_t gpus, Duration limit) { return submit(now, job_of(gpus, limit)); }
  JobId submit(Time now, JobSpec spec) {
    const JobId id = std::max(state.next_job(), JobId{1});
    tell(now, JobSubmitted{id, std::move(spec)});
    return id;
  }
  void end(Time now, JobId job) { tell(now, Ended{.job = job}); }
  void tell(Time now, Change change) {
    tell(std::move(change));
    turn(now);
  }

  void drain(Time, std::vector<Change>& out) override { std::swap(out, next_); }
  void refused(std::size_t, const Change&, const Error& error) override { ADD_FAILURE() << error.message; }
  void execute(const State&, std::span<const Decision> decisions) override {
    for (const Decision& decision : decisions) {
      if (const auto* start = std::get_if<StartOrdered>(&decision)) tell(Started{start->job});
    }
  }

  State state;
  std::vector<std::pair<Forecast, double>> outcomes;
  Forecaster forecaster;

 private:
  void tell(Change change) { next_.push_back(std::move(change)); }
  void turn(Time now) {
    do {
      loop_.turn(now);
    } while (!next_.empty());
  }

  DurePolicy policy_{{}};
  NoJournal journal_;
  std::vector<Change> next_;
  Loop loop_;
};

inline Time at(std::int64_t s) { return Time{} + seconds(s); }

}  // namespace dure::forecast
