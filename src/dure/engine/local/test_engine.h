// For tests: an engine in a folder of its own, whose reports can be waited for.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dure/base/test_folder.h"
#include "dure/engine/local/launcher_starter.h"
#include "dure/engine/local/local_engine.h"
#include "dure/engine/local/records.h"
#include "dure/engine/local/test_launcher.h"
#include "dure/engine/record.h"

namespace dure::engine {

// Where jobs of other accounts may write, and what is in it as text.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    if (test_launcher.is_on()) ::chmod(folder_.path().c_str(), 0777);
  }
  std::string operator/(const std::string& name) const { return folder_.path().string() + '/' + name; }

 private:
  TempFolder folder_{std::filesystem::temp_directory_path()};  // scripts are run there
};

// A named pipe by which a job says how far it has come: its `echo word > PIPE` waits for the test, and the test for it.
class Milestone {
 public:
  explicit Milestone(std::string path) : path_(std::move(path)) {
    ::mkfifo(path_.c_str(), test_launcher.is_on() ? 0666 : 0600);
  }
  const std::string& path() const { return path_; }
  std::string await() const {
    std::string text = read_file(path_).value_or("");
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
  // Lets whoever reads from it go on.
  void pass() const { const Fd pipe(::open(path_.c_str(), O_WRONLY)); }

 private:
  std::string path_;
};

// Reports in the order in which they came.
class Reports {
 public:
  void add(const Report& report) {
    const std::lock_guard guard(mutex_);
    reports_.push_back(report);
    changed_.notify_all();
  }
  // Returns the first of that kind, once it is there. A minute is for ever.
  Report await(AttemptId id, Report::Kind kind) {
    std::unique_lock lock(mutex_);
    std::optional<Report> found;
    changed_.wait_for(lock, std::chrono::minutes(1), [&] { return (found = first(id, kind)).has_value(); });
    EXPECT_TRUE(found) << "no report of " << to_text(id);
    return found.value_or(Report{});
  }
  std::size_t count(AttemptId id) {
    const std::lock_guard guard(mutex_);
    std::size_t count = 0;
    for (const Report& report : reports_) count += report.id == id ? 1U : 0U;
    return count;
  }

 private:
  std::optional<Report> first(AttemptId id, Report::Kind kind) const {
    for (const Report& report : reports_) {
      if (report.id == id && report.kind == kind) return report;
    }
    return std::nullopt;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Report> reports_;
};

// A path to the descriptor would be opened anew, with the rights of this process.
inline std::string read_all(const Fd& file) {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t size = 0; (size = ::read(file.get(), buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

class TestEngine {
 public:
  explicit TestEngine(const std::string& folder, EngineOptions options = {}) : folder_(folder) {
    if (options.supervisor.empty()) options.supervisor = DURE_SUPERVISOR;
    if (options.machine.devices.empty()) options.machine = discover({.emulated = 4});
    if (test_launcher.is_on() && !options.starter) {
      auto starter = start_by_launcher(test_launcher.socket());
      if (!starter) throw std::runtime_error(starter.error().message);
      options.starter = *std::move(starter);
    }
    // The groups of whoever runs the tests are left alone; one test makes its own.
    if (options.cgroup_parent.empty()) options.has_cgroups = false;
    auto opened = LocalEngine::open(folder, std::move(options), [this](const Report& report) { reports.add(report); });
    if (!opened) throw std::runtime_error(opened.error().message);
    engine_.emplace(*std::move(opened));
    found = engine_->recover();
  }

  LocalEngine* operator->() { return &*engine_; }
  Report await_start(AttemptId id) { return reports.await(id, Report::Kind::started); }
  Report await_end(AttemptId id) { return reports.await(id, Report::Kind::ended); }
  Report await_failure(AttemptId id) { return reports.await(id, Report::Kind::start_failed); }
  // Starts it and returns its end.
  Ending run(const Attempt& attempt) {
    engine_->start(attempt);
    return await_end(attempt.id).ending;
  }
  std::string output(const Attempt& attempt, std::uint32_t task = 0, Stream stream = Stream::output) {
    const OutputName name{.id = attempt.id, .job = attempt.names.job, .element = attempt.element, .task = task};
    return read(engine_->output_path_of(attempt.text, name, stream));
  }
  // With the rights of its jobs.
  std::string read(const std::string& path) {
    const auto file = engine_->open_log(JobId{1}, {"default", "me"}, path);
    return file ? read_all(*file) : "no such file";
  }
  std::string attempt_folder(AttemptId id) const { return folder_ + "/attempts/" + to_text(id); }

  Reports reports;
  std::vector<Found> found;

 private:
  std::string folder_;
  std::optional<LocalEngine> engine_;
};

inline Attempt job(std::uint32_t job, const std::string& script, std::uint32_t tasks = 1) {
  Attempt attempt{.id = {JobId{job}, 0}, .names = {"test", "default", "me", "local", "here"}};
  attempt.text.script = script;
  for (std::uint32_t rank = 0; rank < tasks; ++rank) attempt.tasks.push_back({.rank = rank, .devices = {rank}});
  return attempt;
}

// True if the process has ended, also if nobody has waited for it yet.
inline bool is_gone(const std::string& pid) {
  const std::string stat = read_file("/proc/" + pid + "/stat").value_or("");
  return stat.empty() || stat.find(") Z") != std::string::npos;
}

}  // namespace dure::engine
