#include "dure/server/log_follower.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "dure/server/wall_clock.h"

namespace dure::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds pause{100};  // between two looks at a log that has nothing new

// What the file holds from `offset` on, at most so much; nothing where there is no file yet, or none within reach.
std::string read_from(const engine::Fd& file, std::uint64_t offset, std::size_t most) {
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || static_cast<std::uint64_t>(status.st_size) <= offset) return {};
  std::string text(std::min<std::uint64_t>(most, static_cast<std::uint64_t>(status.st_size) - offset), '\0');
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), static_cast<off_t>(offset));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return text;
}

}  // namespace

LogFollower::LogFollower(LogSource& source, std::size_t most_at_once)
    : source_(source),
      most_at_once_(most_at_once),
      opener_(source,
              [this](Opening& opening) {
                const std::lock_guard lock(mutex_);
                opening.is_done = has_news_ = true;
                changed_.notify_one();
              }),
      thread_([this] { run(); }) {}

LogFollower::~LogFollower() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void LogFollower::read(http::Reply reply, const api::ReadLog& log, std::shared_ptr<const api::Actor> actor) {
  if (!source_.state(log))
    return reply.refuse(
        {.status = 404, .detail = fmt::format("there is no job {}, or it has no such task", log.job.value)});
  Follower follower{
      .reply = std::move(reply), .has_room = std::make_shared<bool>(true), .log = log, .actor = std::move(actor)};
  const std::lock_guard lock(mutex_);
  arrived_.push_back(std::move(follower));
  changed_.notify_one();
}

void LogFollower::begin(Follower& follower) {
  const auto on_drained = [this, has_room = follower.has_room] {
    const std::lock_guard lock(mutex_);
    *has_room = has_news_ = true;
    changed_.notify_one();
  };
  follower.stream = follower.reply->stream({.content_type = "text/plain; charset=utf-8", .on_drained = on_drained});
  follower.reply.reset();
}

bool LogFollower::has_room(const Follower& follower) {
  const std::lock_guard lock(mutex_);
  return *follower.has_room;
}

bool LogFollower::send(Follower& follower, std::string text) {
  {
    const std::lock_guard lock(mutex_);
    *follower.has_room = false;
  }
  follower.log.offset += text.size();
  return follower.stream->send(std::move(text));
}

// A job that has ended stays where it is.
void LogFollower::find(Follower& follower) {
  if (!follower.may_grow) return;
  const auto state = source_.state(follower.log);
  follower.may_grow = state && state->may_grow;
  if (!state) return;
  const std::optional<Place>& known = follower.next ? follower.next : follower.place;
  if (known && known->run == state->run) return;
  Place found{state->run, source_.file(follower.log, state->run)};
  const bool is_first = !follower.place || follower.place->file.path == found.file.path;
  if (is_first) follower.next.reset();
  (is_first ? follower.place : follower.next) = std::move(found);
}

bool LogFollower::is_done(const Opening& opening) {
  const std::lock_guard lock(mutex_);
  return opening.is_done;
}

Result<std::optional<std::string>> LogFollower::read_on(Follower& follower) {
  Place& place = *follower.place;
  if (!place.open) {
    if (!place.opening) place.opening = opener_.open(place.file);
    if (!is_done(*place.opening)) return std::nullopt;
    Result<engine::Fd> opened = *std::move(std::exchange(place.opening, nullptr)->file);
    if (!opened && opened.error().code == Code::unavailable) return tl::unexpected(opened.error());
    if (opened) place.open = *std::move(opened);
  }
  return read_from(place.open, follower.log.offset, most_at_once_);
}

LogFollower::After LogFollower::advance(Follower& follower) {
  if (!follower.actor->is_good(wall_clock())) return After::all;
  find(follower);  // first: what is written up to the end of a job is read after it
  if (!follower.place) return After::all;
  auto text = read_on(follower);
  if (text && *text && (*text)->empty() && follower.next) {
    follower.place = std::exchange(follower.next, std::nullopt);
    follower.log.offset = 0;
    text = read_on(follower);
  }
  if (!text && follower.reply) {
    follower.reply->refuse({.status = 503,
                            .detail = fmt::format("what job {} wrote cannot be read now: {}; try again",
                                                  follower.log.job.value, text.error().message)});
    follower.reply.reset();
    return After::all;
  }
  if (!text) return After::a_pause;
  if (!*text) return After::an_opening;
  if (follower.reply) begin(follower);
  const bool is_end = (*text)->size() < most_at_once_ && !follower.next;
  if (!(*text)->empty() && !send(follower, **std::move(text))) return After::all;
  if (!is_end) return After::more;
  return follower.log.follows && follower.may_grow ? After::a_pause : After::all;
}

void LogFollower::wait(const std::vector<Follower>& followers) {
  std::unique_lock lock(mutex_);
  const auto has_news = [&] { return is_closed_ || has_news_ || !arrived_.empty(); };
  if (followers.empty()) {
    changed_.wait(lock, has_news);
  } else {
    // Also for those that wait for room: nobody tells of a stream that has ended.
    Clock::time_point until = Clock::now() + pause;
    for (const Follower& follower : followers) until = std::min(until, follower.look_at.value_or(until));
    changed_.wait_until(lock, until, has_news);
  }
  has_news_ = false;
}

void LogFollower::run() {
  std::vector<Follower> followers;
  for (;;) {
    wait(followers);
    {
      const std::lock_guard lock(mutex_);
      if (is_closed_) return;
      std::move(arrived_.begin(), arrived_.end(), std::back_inserter(followers));
      arrived_.clear();
    }
    const Clock::time_point now = Clock::now();
    std::erase_if(followers, [&](Follower& follower) { return look_after(follower, now); });
  }
}

bool LogFollower::look_after(Follower& follower, Clock::time_point now) {
  if (follower.stream && !follower.stream->is_open()) return true;
  if (follower.look_at && now < *follower.look_at) return false;
  follower.look_at.reset();
  if (!has_room(follower)) return false;
  const After after = advance(follower);
  if (after == After::a_pause) follower.look_at = now + pause;
  if (after != After::all) return false;
  if (follower.reply) begin(follower);  // nothing to say is an answer too
  if (follower.stream) follower.stream->finish();
  return true;
}

}  // namespace dure::server
