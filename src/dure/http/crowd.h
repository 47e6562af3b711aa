// How many connections there are, of all threads, and what they hold.
#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace dure::http {

// Counts. Any thread.
class Crowd {
 public:
  std::size_t size() const { return size_; }
  // Each that enters leaves. Returns how many of the same origin were there before.
  std::size_t enter(std::uint64_t origin) {
    ++size_;
    const std::lock_guard lock(mutex_);
    return origins_[origin]++;
  }
  void leave(std::uint64_t origin) {
    --size_;
    const std::lock_guard lock(mutex_);
    const auto found = origins_.find(origin);
    if (--found->second == 0) origins_.erase(found);
  }

  // Bytes of requests and answers that wait in memory.
  std::size_t held_bytes() const { return held_bytes_; }
  void hold(std::size_t before, std::size_t now) { held_bytes_ += now - before; }

 private:
  std::atomic<std::size_t> size_ = 0;
  std::atomic<std::size_t> held_bytes_ = 0;
  std::mutex mutex_;
  boost::unordered_flat_map<std::uint64_t, std::size_t> origins_;  // guarded by mutex_
};

}  // namespace dure::http
