// Wakes a thread that sleeps, by threads that must never wait for it.
#pragma once

#include <semaphore.h>

#include <atomic>
#include <chrono>
#include <ctime>

namespace dure::server {

// One thread sleeps, any thread rings. Neither takes a lock, so that a sleeper of the lowest priority holds nobody up.
class Doorbell {
 public:
  using Clock = std::chrono::steady_clock;

  Doorbell() { (void)::sem_init(&semaphore_, 0, 0); }
  ~Doorbell() { (void)::sem_destroy(&semaphore_); }
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // To be called after what the sleeper waits for has come about. O(1); a call of the system only if it sleeps.
  void ring() {
    if (is_asleep_.exchange(false)) (void)::sem_post(&semaphore_);
  }

  // Sleeps until `has_work`, or until `deadline`. What it reads must be atomic, of the default order.
  template <typename HasWork>
  void wait_until(Clock::time_point deadline, const HasWork& has_work) {
    // A ring that comes late, for work that was found without it, ends a sleep too: whoever goes on sleeping says so.
    for (;;) {
      is_asleep_ = true;
      if (has_work() || Clock::now() >= deadline) break;
      sleep_until(deadline);
    }
    is_asleep_ = false;
  }

 private:
  void sleep_until(Clock::time_point deadline) {
    const std::chrono::nanoseconds since_boot = deadline.time_since_epoch();
    const auto in_seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    const timespec until{.tv_sec = in_seconds.count(), .tv_nsec = (since_boot - in_seconds).count()};
    (void)::sem_clockwait(&semaphore_, CLOCK_MONOTONIC, &until);
  }

  std::atomic<bool> is_asleep_{false};
  sem_t semaphore_;
};

}  // namespace dure::server
