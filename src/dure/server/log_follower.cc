#include "dure/server/log_follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <utility>

namespace dure::server {
namespace {

constexpr std::size_t most_at_once = 1 << 20;

// What the file holds from `offset` on, at most so much; nothing where there is no file yet.
std::string read_from(const std::string& path, std::uint64_t offset) {
  std::ifstream file(path, std::ios::binary);
  if (!file.seekg(static_cast<std::streamoff>(offset))) return {};
  std::string text(most_at_once, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

LogFollower::LogFollower(Find find) : find_(std::move(find)), thread_([this] { run(); }) {}

LogFollower::~LogFollower() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void LogFollower::read(http::Reply reply, const api::ReadLog& log) {
  if (!find_(log))
    return reply.refuse(
        {.status = 404, .detail = fmt::format("there is no job {}, or it has no such task", log.job.value)});
  Follower follower{.stream = reply.stream({.content_type = "text/plain; charset=utf-8"}), .log = log};
  const std::lock_guard lock(mutex_);
  arrived_.push_back(std::move(follower));
  changed_.notify_one();
}

bool LogFollower::advance(Follower& follower) {
  // Asked first: what is written up to the end is read after it.
  const auto place = find_(follower.log);
  if (!place) return false;
  std::string text = read_from(place->path, follower.log.offset);
  const bool is_full = text.size() == most_at_once;
  follower.log.offset += text.size();
  if (!text.empty() && !follower.stream->send(std::move(text))) return false;
  return is_full || (follower.log.follows && place->may_grow);
}

void LogFollower::run() {
  std::vector<Follower> followers;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto has_news = [&] { return is_closed_ || !arrived_.empty(); };
      if (followers.empty()) {
        changed_.wait(lock, has_news);
      } else {
        changed_.wait_for(lock, std::chrono::milliseconds(100), has_news);
      }
      if (is_closed_) return;
      std::move(arrived_.begin(), arrived_.end(), std::back_inserter(followers));
      arrived_.clear();
    }
    std::erase_if(followers, [&](Follower& follower) {
      if (follower.stream->is_open() && advance(follower)) return false;
      follower.stream->finish();
      return true;
    });
  }
}

}  // namespace dure::server
