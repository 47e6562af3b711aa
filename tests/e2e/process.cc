#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

namespace dure::e2e {
namespace {

bool is_readable(int fd, Clock::time_point deadline) {
  pollfd wanted{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&wanted, 1, milliseconds_until(deadline)) > 0;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return std::string(name) + '=' + (value != nullptr ? value : "");
}

}  // namespace

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

Process::Process(const std::vector<std::string>& command, const Variables& environment,
                 const std::filesystem::path& folder) {
  std::vector<std::string> arguments = command;
  std::vector<std::string> assignments{variable("PATH"), variable("HOME")};
  for (const auto& [name, value] : environment) assignments.push_back(name + '=' + value);
  std::array<int, 2> pipe{};
  std::array<int, 2> errors{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0 || ::pipe2(errors.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  output_ = pipe[0];
  errors_ = errors[0];
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addchdir_np(&files, folder.c_str());
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, pipe[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, errors[1], STDERR_FILENO);
  const int error = ::posix_spawn(&pid_, arguments[0].c_str(), &files, nullptr, pointers(arguments).data(),
                                  pointers(assignments).data());
  ::posix_spawn_file_actions_destroy(&files);
  ::close(pipe[1]);
  ::close(errors[1]);
  if (error != 0) throw std::runtime_error("cannot start " + command[0]);
  handle_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

Process::~Process() {
  send(SIGKILL);
  wait(in_seconds(60));
  ::close(handle_);
  ::close(output_);
  ::close(errors_);
}

std::optional<std::string> Process::read_line(Clock::time_point deadline) {
  for (;;) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    if (is_at_end_ || !is_readable(output_, deadline)) break;
    std::array<char, 65536> buffer;
    const ssize_t size = ::read(output_, buffer.data(), buffer.size());
    is_at_end_ = size <= 0;
    if (size > 0) unread_.append(buffer.data(), static_cast<std::size_t>(size));
  }
  if (!is_at_end_ || unread_.empty()) return std::nullopt;
  return std::exchange(unread_, {});
}

void Process::send(int signal) {
  if (!exit_code_) ::kill(pid_, signal);
}

int Process::wait(Clock::time_point deadline) {
  if (exit_code_) return *exit_code_;
  if (!is_readable(handle_, deadline)) send(SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return *exit_code_;
}

const std::string& Process::errors() {
  std::array<char, 65536> buffer;
  while (is_readable(errors_, Clock::now())) {
    const ssize_t size = ::read(errors_, buffer.data(), buffer.size());
    if (size <= 0) break;
    said_.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return said_;
}

Ran run(const std::vector<std::string>& command, const Variables& environment, const std::filesystem::path& folder) {
  const Clock::time_point deadline = in_seconds(240);
  Process process(command, environment, folder);
  Ran ran;
  while (const auto line = process.read_line(deadline)) ran.output += *line + '\n';
  ran.code = process.wait(deadline);
  ran.errors = process.errors();
  return ran;
}

}  // namespace dure::e2e
