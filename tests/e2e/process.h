// A program that was started, and what it writes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dure::e2e {

using Clock = std::chrono::steady_clock;
using Variables = std::vector<std::pair<std::string, std::string>>;

// Killed, and waited for, when it goes away.
class Process {
 public:
  // The program sees PATH, HOME and `environment`, and nothing else. What it writes as errors is kept apart.
  Process(const std::vector<std::string>& command, const Variables& environment,
          const std::filesystem::path& folder = ".");
  ~Process();
  Process(const Process&) = delete;

  // The next line of its output, or nullopt when it has ended or the time has come.
  std::optional<std::string> read_line(Clock::time_point deadline);
  void send(int signal);
  // Its exit code, or 128 and the signal that killed it. The program is killed when the time has come.
  int wait(Clock::time_point deadline);
  bool is_reaped() const { return exit_code_.has_value(); }
  pid_t pid() const { return pid_; }
  // What it has written as errors so far.
  const std::string& errors();

 private:
  pid_t pid_ = 0;
  int handle_ = -1;  // readable when it has ended
  int output_ = -1;
  int errors_ = -1;
  bool is_at_end_ = false;
  std::string unread_;
  std::string said_;
  std::optional<int> exit_code_;
};

inline Clock::time_point in_seconds(int seconds) { return Clock::now() + std::chrono::seconds(seconds); }

// As poll takes it.
int milliseconds_until(Clock::time_point deadline);
// As exec takes them, with a null at the end; valid as long as the texts are.
std::vector<char*> pointers(std::vector<std::string>& texts);

// What a program that has ended left behind.
struct Ran {
  int code = 0;
  std::string output;
  std::string errors;
};
Ran run(const std::vector<std::string>& command, const Variables& environment,
        const std::filesystem::path& folder = ".");

}  // namespace dure::e2e
