#include "dure/server/request_rate.h"

#include <algorithm>

namespace dure::server {

std::optional<RequestRate::Clock::duration> RequestRate::take(const std::string& token, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = full_at_.try_emplace(token, now);
  const Clock::time_point full_at = std::max(found->second, now) + each_;
  if (full_at > now + depth_) return full_at - now - depth_;
  found->second = full_at;
  return std::nullopt;
}

}  // namespace dure::server
