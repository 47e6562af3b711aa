// What one thread hands to another, a few at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace dure::simulate {

// For one that puts and one that takes. Large values: each takes a lock.
template <class T>
class Channel {
 public:
  // `most`: how many may be under way, above 0.
  explicit Channel(std::size_t most) : most_(most) {}

  // Waits for room. Returns false, and forgets the value, once the channel is closed.
  bool put(T value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_closed_ || values_.size() < most_; });
    if (is_closed_) return false;
    values_.push_back(std::move(value));
    changed_.notify_one();
    return true;
  }

  // Waits for a value. Nullopt once the channel is closed and all that was put has been taken.
  std::optional<T> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_closed_ || !values_.empty(); });
    if (values_.empty()) return std::nullopt;
    std::optional<T> value = std::move(values_.front());
    values_.pop_front();
    changed_.notify_one();
    return value;
  }

  // Neither waits any longer.
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
  }

 private:
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
  bool is_closed_ = false;
};

}  // namespace dure::simulate
