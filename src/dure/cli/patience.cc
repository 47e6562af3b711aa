#include "dure/cli/patience.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace dure::cli {

bool Patience::wait_after(const Error& error) {
  if (error.code != Code::unavailable || waited_ >= most_) return false;
  if (waited_ == Duration{}) console_.note(error.message + "; waiting for it");
  const Duration pause = std::min(next_, most_ - waited_);
  pause_for(pause);
  waited_ = waited_ + pause;
  next_ = std::min(next_ * 2, seconds(5));
  return true;
}

void Patience::renew() {
  waited_ = {};
  next_ = first_pause;
}

void pause_for(Duration duration) { std::this_thread::sleep_for(std::chrono::nanoseconds(duration.ns)); }

}  // namespace dure::cli
