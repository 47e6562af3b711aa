// How fast a token may ask.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace dure::server {

struct RateLimit {
  std::uint32_t per_second = 100;
  std::uint32_t burst = 1000;  // that may come at once, after a while without any
};

// A bucket a token: it holds `burst` requests and fills by `per_second`. Any thread. Some 100 bytes a token that has
// asked since the start; requests without a valid token have none.
class RequestRate {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RequestRate(RateLimit limit)
      : each_(std::chrono::nanoseconds(1'000'000'000 / limit.per_second)), depth_(each_ * limit.burst) {}

  // Takes one request out of the token's bucket. Returns after how long there is one again, if there was none.
  std::optional<Clock::duration> take(const std::string& token, Clock::time_point now);

 private:
  Clock::duration each_;
  Clock::duration depth_;
  std::mutex mutex_;                                            // guards the next
  std::unordered_map<std::string, Clock::time_point> full_at_;  // when the bucket is full again
};

}  // namespace dure::server
