// The sites that are only rehearsed: a fleet that is not there. Nothing runs; a job is told to have started at once,
// and to have ended well when its run is over.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "dure/core/state.h"
#include "dure/server/sites.h"
#include "dure/server/work_site.h"

namespace dure::server {

// In a job's environment: how long its run takes, such as 5m.
inline constexpr const char* rehearsed_run = "REHEARSED_RUN";
// What a job that is told to stop still takes.
inline constexpr Duration rehearsed_stop = seconds(1);

// How long the attempt runs unless its time limit ends it: what REHEARSED_RUN says; else between a twentieth and all of
// its time limit, always the same for one attempt. The error is one for its user.
Result<Duration> rehearsed_run_of(const engine::Attempt& attempt);

class RehearsedSite final : public WorkSite {
 public:
  // Called from the thread that orders, and from one of its own; must outlive it.
  using OnReport = std::function<void(const engine::Report&)>;
  explicit RehearsedSite(OnReport on_report);
  ~RehearsedSite() override;

  // What runs by the journal ends at its true time, or at once if that has passed. Before the first turn.
  void recover(const State& state, Sites& sites);

  void start(engine::Attempt attempt) override;
  void stop(engine::AttemptId id, engine::StopOrder order) override;
  void forget(engine::AttemptId id) override;
  std::string output_path_of(const JobText& text, const engine::OutputName& name, engine::Stream stream) const override;
  Result<engine::Fd> open_log(JobId job, const engine::Owner& owner, const std::string& path) const override;

 private:
  struct Run {
    Time started;
    Time ends;
    engine::How how = engine::How::exited;
    bool is_over = false;
  };

  void begin(const engine::Attempt& attempt, Time started, Duration run);
  // Their caller holds the mutex.
  void plan_end(Time at, engine::AttemptId id);
  void stop(engine::AttemptId id, Run& run, engine::How how);
  engine::Report end(engine::AttemptId id);
  void run();

  OnReport on_report_;
  std::mutex mutex_;  // guards the next four
  std::condition_variable changed_;
  std::map<engine::AttemptId, Run> runs_;                // until they are forgotten
  std::set<std::pair<Time, engine::AttemptId>> ending_;  // those that are not over, by their end
  bool is_closed_ = false;
  std::thread thread_;
};

}  // namespace dure::server
