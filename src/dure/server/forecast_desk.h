// Forecasts when jobs start, and plans of jobs that were not submitted, beside the loop:
// docs/design/0025-live-forecasts.md, docs/design/0027-plans.md.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dure/api/forecasts.h"
#include "dure/api/plans.h"
#include "dure/api/view.h"
#include "dure/base/result.h"
#include "dure/core/state.h"
#include "dure/forecast/forecaster.h"
#include "dure/forecast/track_record.h"
#include "dure/policy/dure_policy.h"
#include "dure/server/doorbell.h"
#include "dure/spec/job_reader.h"

namespace dure::server {

struct ForecastConfig {
  bool is_on = true;
  Duration every = minutes(5);  // > 0, between passes over all that wait
  std::uint32_t draws = 16;     // >= 2
  Duration horizon = days(7);   // > 0
};

// How forecasts came out so far. One thread.
class ForecastRecord {
 public:
  explicit ForecastRecord(Time since) : since_(since) {}
  void add(std::uint32_t size_class, const forecast::Quantiles& said, double seconds);
  // O(outcomes kept).
  void put_into(api::Forecasts& forecasts) const;

 private:
  static constexpr std::size_t most_of_all = 10'000;  // outcomes of each horizon
  static constexpr std::size_t most_of_a_size = 1'000;

  Time since_;
  forecast::TrackRecord all_{most_of_all};
  std::map<std::uint32_t, forecast::TrackRecord> by_size_;
};

// What is asked about a job that was not submitted.
struct PlanRequest {
  spec::JobFile file;
  std::shared_ptr<const api::View> view;  // by which its names were read; shared with whoever asks
  std::string user;                       // who would submit it
  // Called once: on the desk's thread, or at once where it is not taken.
  std::function<void(const Result<api::JobPlan>&)> done;
};

// A thread of the lowest priority that follows the journal with a state of its own and makes a pass over those that
// wait now and then. Takes the memory of one more state, and of another and a policy while it makes one.
class ForecastDesk {
 public:
  // Begins at once. `folder`: of a journal that was opened. The policy is that of the loop.
  ForecastDesk(std::filesystem::path folder, ForecastConfig config, DureOptions policy);
  // As `close`, if nobody has.
  ~ForecastDesk();
  ForecastDesk(const ForecastDesk&) = delete;
  ForecastDesk& operator=(const ForecastDesk&) = delete;

  // Gives up what it is at, and refuses the plans that wait and all that are asked for from now on. Waits for a draw,
  // or for a submission into the copy, to end. Nobody hears of anything after that.
  void close();
  // Facts up to `sequence` are durable. One thread; O(1).
  void hear(std::uint64_t sequence);
  // Any thread; shared by all who read it.
  std::shared_ptr<const api::Forecasts> now() const;

  static constexpr std::size_t most_plans = 64;  // that wait
  // Answered before anything else that it has to do, within some ten seconds of its turn; with Code::unavailable if it
  // has waited that long, or too many wait. Any thread; O(1).
  void plan(PlanRequest request);

 private:
  struct Follower;
  using Clock = std::chrono::steady_clock;

  void run();
  Result<void> follow();
  void wait_for_work(const Follower& follower);
  // Until then, until a plan is asked for, or until the server ends.
  void pause(std::chrono::nanoseconds most);
  void make_pass(Follower& follower);
  struct WaitingPlan {
    PlanRequest request;
    Clock::time_point until;  // then it is refused
  };
  std::optional<WaitingPlan> next_plan();
  void make_plans(Follower& follower);
  Result<api::JobPlan> plan_of(Follower& follower, PlanRequest& request) const;
  // Those that have waited too long.
  void refuse_late_plans();
  void refuse_plans(const Error& error);
  void publish(const Follower& follower);

  std::filesystem::path folder_;
  ForecastConfig config_;
  DureOptions policy_;
  ForecastRecord record_;
  Clock::time_point due_;       // of the next pass over all
  Clock::time_point earliest_;  // of the next pass
  std::optional<Time> made_;
  double pass_seconds_ = 0;

  std::atomic<bool> is_closed_{false};
  std::atomic<std::uint64_t> durable_{0};
  Doorbell bell_;  // of facts, plans and the end
  std::atomic<bool> has_plans_{false};
  mutable std::mutex mutex_;  // guards the next two
  std::deque<WaitingPlan> plans_;
  std::shared_ptr<const api::Forecasts> published_;
  std::thread thread_;
};

}  // namespace dure::server
