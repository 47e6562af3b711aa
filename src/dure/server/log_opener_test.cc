#include "dure/server/log_opener.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <vector>

namespace dure::server {
namespace {

// Opens nothing; the log of job 1 takes until it is let go.
class Slow final : public LogSource {
 public:
  std::optional<LogState> state(const api::ReadLog&) override { return std::nullopt; }
  LogFile file(const api::ReadLog&, const LogRun&) override { return {}; }
  Result<engine::Fd> open(const LogFile& file) override {
    std::unique_lock lock(mutex_);
    asked_.push_back(file.job);
    changed_.notify_all();
    if (file.job == JobId{1}) changed_.wait(lock, [&] { return is_let_go_; });
    return fail(Code::not_found, "none");
  }

  void await(JobId job) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !asked_.empty() && asked_.back() == job; });
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    is_let_go_ = true;
    changed_.notify_all();
  }
  std::vector<JobId> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::vector<JobId> asked_;
  bool is_let_go_ = false;
};

TEST(LogOpener, OpensNothingForWhoIsGone) {
  Slow source;
  LogOpener opener(source, [](Opening&) {}, 1);
  const auto first = opener.open({.job = JobId{1}});
  source.await(JobId{1});
  auto gone = opener.open({.job = JobId{2}});
  gone.reset();
  const auto last = opener.open({.job = JobId{3}});
  source.let_go();
  source.await(JobId{3});
  EXPECT_EQ(source.asked(), (std::vector{JobId{1}, JobId{3}}));
}

}  // namespace
}  // namespace dure::server
