// The lock of an attempt's folder, which its supervisor holds for as long as it lives. A POSIX record lock: the kernel
// says who holds it, it is not inherited, and asking for it does not take it.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>

#include "dure/engine/fd.h"

namespace dure::engine {

// Tells a supervisor to look for orders.
inline constexpr int wake_signal = SIGUSR1;

class Lock {
 public:
  // Not held if another process holds it.
  static Lock take(const std::string& path);
  explicit operator bool() const { return static_cast<bool>(file_); }

 private:
  Fd file_;
};

// The process that holds the lock; 0 if none does. Requires that the calling process does not hold it itself.
pid_t holder(const std::string& path);

}  // namespace dure::engine
