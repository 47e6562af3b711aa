// Ctrl-C, as something to ask for in place of the end.
#pragma once

#include <csignal>

namespace dure::cli {

// While one lives, SIGINT and SIGTERM are noted. One at a time in a process.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();  // as before
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  static bool is_pending();
  // Returns whether one was pending.
  static bool take();

 private:
  struct sigaction former_int_ = {};
  struct sigaction former_term_ = {};
};

}  // namespace dure::cli
