#include "dure/server/door_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dure::server {
namespace {

constexpr std::chrono::minutes minute{1};

AuditEntry tell_count(Time at, std::string actor, std::string token, std::uint64_t more) {
  return {.at = at,
          .actor = std::move(actor),
          .token = std::move(token),
          .action = "refused",
          .target = "",
          .outcome = fmt::format("{} more requests than are listed here were refused within a minute", more)};
}

}  // namespace

bool DoorBook::note(AuditEntry entry, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (now - minute_began_ >= minute) {
    end_minute(entry.at);
    minute_began_ = now;
  }
  const bool has_count = counts_.contains(entry.token) || counts_.size() < most_.counted;
  if (!has_count) {
    ++more_;
    return false;
  }
  Count& count = counts_[entry.token];
  if (count.kept == most_.of_one || kept_ == most_.in_all) {
    count.actor = entry.actor;
    ++count.more;
    return false;
  }
  ++count.kept;
  ++kept_;
  entries_.push_back(std::move(entry));
  return true;
}

std::vector<AuditEntry> DoorBook::take(Time at, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (now - minute_began_ >= minute) end_minute(at);
  return std::exchange(entries_, {});
}

std::optional<DoorBook::Clock::time_point> DoorBook::due() const {
  const std::lock_guard lock(mutex_);
  const auto has_more = [](const auto& count) { return count.second.more > 0; };
  if (more_ == 0 && std::ranges::none_of(counts_, has_more)) return std::nullopt;
  return minute_began_ + minute;
}

void DoorBook::end_minute(Time at) {
  for (auto& [token, count] : counts_) {
    if (count.more > 0) entries_.push_back(tell_count(at, std::move(count.actor), token, count.more));
  }
  if (more_ > 0) entries_.push_back(tell_count(at, "", "", more_));
  counts_.clear();
  kept_ = more_ = 0;
}

}  // namespace dure::server
