#include "terminal_process.h"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace dure::e2e {
namespace {

winsize to_winsize(Window window) {
  return {.ws_row = window.rows, .ws_col = window.columns, .ws_xpixel = 0, .ws_ypixel = 0};
}

}  // namespace

TerminalProcess::TerminalProcess(const std::vector<std::string>& command, const Variables& environment,
                                 const std::filesystem::path& folder, Window window) {
  std::vector<std::string> arguments = command;
  std::vector<std::string> assignments;
  for (const char* name : {"PATH", "HOME"}) {
    const char* value = std::getenv(name);
    assignments.push_back(std::string(name) + '=' + (value != nullptr ? value : ""));
  }
  for (const auto& [name, value] : environment) assignments.push_back(name + '=' + value);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(assignments);
  const winsize size = to_winsize(window);
  pid_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
  if (pid_ == 0) {
    if (::chdir(folder.c_str()) == 0)
      ::execve(arguments[0].c_str(), argument_pointers.data(), environment_pointers.data());
    ::_exit(127);
  }
  if (pid_ < 0) throw std::runtime_error("cannot start " + command[0]);
  handle_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

TerminalProcess::~TerminalProcess() {
  send(SIGKILL);
  wait();
  hang_up();
  ::close(handle_);
}

void TerminalProcess::type(std::string_view keys) const {
  if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
    throw std::runtime_error("the keys did not fit into the terminal");
  }
}

void TerminalProcess::resize(Window window) const {
  const winsize size = to_winsize(window);
  ::ioctl(terminal_, TIOCSWINSZ, &size);
}

void TerminalProcess::hang_up() {
  if (terminal_ >= 0) ::close(terminal_);
  terminal_ = -1;
}

void TerminalProcess::send(int signal) const {
  if (!exit_code_) ::kill(pid_, signal);
}

bool TerminalProcess::read(Clock::time_point deadline) {
  pollfd wanted{.fd = terminal_, .events = POLLIN, .revents = 0};
  if (::poll(&wanted, 1, milliseconds_until(deadline)) <= 0) return false;
  std::array<char, 65536> buffer;
  const ssize_t size = ::read(terminal_, buffer.data(), buffer.size());
  if (size > 0) screen_.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0;
}

bool TerminalProcess::await(std::string_view text) {
  const auto deadline = in_seconds(60);
  for (;;) {
    if (const std::size_t at = screen_.find(text, seen_); at != std::string::npos) {
      seen_ = at + text.size();
      return true;
    }
    if (!read(deadline)) return false;
  }
}

int TerminalProcess::wait() {
  if (exit_code_) return *exit_code_;
  const auto deadline = in_seconds(60);
  while (terminal_ >= 0 && read(deadline)) {
  }
  pollfd end{.fd = handle_, .events = POLLIN, .revents = 0};
  if (::poll(&end, 1, milliseconds_until(deadline)) <= 0) send(SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return *exit_code_;
}

termios TerminalProcess::settings() const {
  termios settings{};
  ::tcgetattr(terminal_, &settings);
  return settings;
}

}  // namespace dure::e2e
