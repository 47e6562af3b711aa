#include "dure/server/rehearsed_site.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace dure::server {
namespace {

using engine::How;
using engine::Report;

engine::Attempt attempt(std::uint32_t job, Duration time_limit, const std::string& run = "") {
  engine::Attempt made{.id = {JobId{job}, 0}, .time_limit = time_limit};
  if (!run.empty()) made.text.environment = {{"PATH", "/bin"}, {rehearsed_run, run}};
  return made;
}

// What a site reports, in its order.
class Heard {
 public:
  Report next() {
    std::unique_lock lock(mutex_);
    const bool is_there = changed_.wait_for(lock, std::chrono::seconds(30), [&] { return taken_ < reports_.size(); });
    EXPECT_TRUE(is_there) << "nothing was reported";
    return is_there ? reports_[taken_++] : Report{};
  }

  void operator()(const Report& report) {
    const std::lock_guard lock(mutex_);
    reports_.push_back(report);
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Report> reports_;
  std::size_t taken_ = 0;
};

TEST(RehearsedRun, IsWhatTheJobSays) {
  EXPECT_EQ(*rehearsed_run_of(attempt(1, hours(1), "5m")), minutes(5));
  EXPECT_EQ(*rehearsed_run_of(attempt(1, hours(1), "2h")), hours(2));
  const auto run = rehearsed_run_of(attempt(1, hours(1), "soon"));
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message.find("REHEARSED_RUN"), std::string::npos) << run.error().message;
}

TEST(RehearsedRun, IsDrawnOnceForEachAttempt) {
  std::set<Duration> drawn;
  for (std::uint32_t job = 1; job <= 1000; ++job) {
    const Duration run = *rehearsed_run_of(attempt(job, hours(20)));
    EXPECT_GE(run, hours(1));
    EXPECT_LT(run, hours(20));
    EXPECT_EQ(*rehearsed_run_of(attempt(job, hours(20))), run);
    drawn.insert(run);
  }
  EXPECT_EQ(drawn.size(), 1000U);
  EXPECT_LT(*drawn.begin(), hours(2));
  EXPECT_GT(*drawn.rbegin(), hours(19));
  engine::Attempt again = attempt(1, hours(20));
  again.id.restart = 1;
  EXPECT_NE(*rehearsed_run_of(again), *rehearsed_run_of(attempt(1, hours(20))));
}

TEST(RehearsedSite, EndsWhatItStartedWhenItsRunIsOver) {
  Heard heard;
  RehearsedSite site([&](const Report& report) { heard(report); });
  site.start(attempt(1, hours(1), "10ms"));
  const Report start = heard.next();
  EXPECT_EQ(start.kind, Report::Kind::started);
  EXPECT_EQ(start.id.job, JobId{1});
  const Report end = heard.next();
  EXPECT_EQ(end.kind, Report::Kind::ended);
  EXPECT_EQ(end.ending.how, How::exited);
  EXPECT_EQ(end.ending.exit_code, 0);
  EXPECT_EQ(end.ending.started_at, start.at);
  EXPECT_EQ(end.ending.at - start.at, Duration{10'000'000});
}

TEST(RehearsedSite, EndsThemInTheOrderOfTheirTimes) {
  Heard heard;
  RehearsedSite site([&](const Report& report) { heard(report); });
  site.start(attempt(1, hours(1), "1h"));
  site.start(attempt(2, hours(1), "50ms"));
  site.start(attempt(3, hours(1), "0"));
  std::vector<std::uint32_t> ended;
  while (ended.size() < 2) {
    const Report report = heard.next();
    if (report.kind == Report::Kind::ended) ended.push_back(report.id.job.value);
  }
  EXPECT_EQ(ended, (std::vector<std::uint32_t>{3, 2}));
}

TEST(RehearsedSite, EndsAtTheTimeLimit) {
  Heard heard;
  RehearsedSite site([&](const Report& report) { heard(report); });
  site.start(attempt(1, Duration{10'000'000}, "1s"));
  const Report start = heard.next();
  const Report end = heard.next();
  EXPECT_EQ(end.ending.how, How::timed_out);
  EXPECT_EQ(end.ending.at - start.at, Duration{10'000'000});
}

TEST(RehearsedSite, StopsWhatItIsToldTo) {
  Heard heard;
  RehearsedSite site([&](const Report& report) { heard(report); });
  for (std::uint32_t job = 1; job <= 3; ++job) {
    site.start(attempt(job, hours(1), "1h"));
    heard.next();
  }
  site.stop({JobId{1}, 0}, {.kind = engine::StopKind::cancel});
  EXPECT_EQ(heard.next().ending.how, How::cancelled);
  site.stop({JobId{2}, 0}, {.kind = engine::StopKind::evict});
  EXPECT_EQ(heard.next().ending.how, How::evicted);
  site.stop({JobId{3}, 0}, {.kind = engine::StopKind::evict});
  site.stop({JobId{3}, 0}, {.kind = engine::StopKind::cancel});
  EXPECT_EQ(heard.next().ending.how, How::cancelled);
}

TEST(RehearsedSite, TakesBackWhatItDoesNotKnow) {
  Heard heard;
  RehearsedSite site([&](const Report& report) { heard(report); });
  site.stop({JobId{1}, 0}, {.kind = engine::StopKind::evict});
  EXPECT_EQ(heard.next().ending.how, How::taken_back);
}

TEST(RehearsedSite, SaysWhyAJobCannotStart) {
  Heard heard;
  RehearsedSite site([&](const Report& report) { heard(report); });
  site.start(attempt(1, hours(1), "soon"));
  const Report unreadable = heard.next();
  EXPECT_EQ(unreadable.kind, Report::Kind::start_failed);
  EXPECT_NE(unreadable.ending.why.find("REHEARSED_RUN"), std::string::npos) << unreadable.ending.why;
  engine::Attempt terminal = attempt(2, hours(1));
  terminal.text.launch = Launch::terminal;
  site.start(terminal);
  const Report refused = heard.next();
  EXPECT_EQ(refused.kind, Report::Kind::start_failed);
  EXPECT_NE(refused.ending.why.find("gives no terminal"), std::string::npos) << refused.ending.why;
}

}  // namespace
}  // namespace dure::server
