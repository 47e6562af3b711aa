// A program that was started at a terminal, with somebody who types and reads.
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "process.h"

namespace dure::e2e {

struct Window {
  unsigned short rows = 24;
  unsigned short columns = 80;
};

// Killed, and waited for, when it goes away.
class TerminalProcess {
 public:
  // The program sees PATH, HOME and `environment`, and nothing else.
  TerminalProcess(const std::vector<std::string>& command, const Variables& environment,
                  const std::filesystem::path& folder, Window window);
  ~TerminalProcess();
  TerminalProcess(const TerminalProcess&) = delete;

  void type(std::string_view keys) const;
  void resize(Window window) const;
  // Closes the terminal's window.
  void hang_up();
  void send(int signal) const;
  // Reads until the text is on the screen, behind what was waited for before; false if it is not there after a minute.
  bool await(std::string_view text);
  // Reads to its end. Its exit code, or 128 and the signal that killed it; it is killed after a minute.
  int wait();

  const std::string& screen() const { return screen_; }
  // How the terminal is set now.
  termios settings() const;

 private:
  bool read(Clock::time_point deadline);

  pid_t pid_ = 0;
  int handle_ = -1;  // readable when it has ended
  int terminal_ = -1;
  std::string screen_;
  std::size_t seen_ = 0;  // of the screen
  std::optional<int> exit_code_;
};

}  // namespace dure::e2e
