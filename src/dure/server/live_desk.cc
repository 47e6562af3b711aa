#include "dure/server/live_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "dure/api/access.h"
#include "dure/http/event.h"
#include "dure/server/wall_clock.h"

namespace dure::server {
namespace {

using namespace std::chrono_literals;

constexpr auto least_between = 500ms;  // two states
constexpr auto longest_silence = 5s;
constexpr auto between_samples = std::chrono::seconds(UseHistory::every.whole_seconds());
// A whole estate is some megabytes, and more than watchers of single events may be behind.
constexpr std::size_t most_behind = 64 << 20;

// Who has the same grants sees the same, but for guests, who see what is theirs by name.
std::string sight_of(const api::Actor& actor) {
  std::string text;
  bool is_personal = false;
  for (const Grant& grant : actor.grants) {
    text += fmt::format("{}:{}\n", static_cast<int>(grant.role), grant.tenant);
    is_personal |= grant.role == Role::guest;
  }
  return is_personal ? text + actor.subject : text;
}

http::EventStream::Piece frame(std::string name, std::uint64_t sequence, std::string data) {
  return std::make_shared<const std::string>(
      to_frame(http::Event{.id = std::to_string(sequence), .name = std::move(name), .data = std::move(data)}));
}

http::EventStream::Piece estate_for(const api::View& view, const api::Actor& actor) {
  return frame("estate", view.sequence, api::estate_json(view, api::Access(actor, *view.tenants)));
}

}  // namespace

LiveDesk::LiveDesk(const Publisher& publisher, UseHistory& history)
    : publisher_(publisher), history_(history), thread_([this] { run(); }) {}

LiveDesk::~LiveDesk() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LiveDesk::watch(http::Reply reply, std::shared_ptr<const api::Actor> actor, Lasts lasts,
                     std::optional<std::uint64_t> since) {
  Watcher watcher{.stream = reply.stream({.bytes_max = most_behind}),
                  .actor = std::move(actor),
                  .lasts = std::move(lasts),
                  .sees = {},
                  .since = since};
  watcher.sees = sight_of(*watcher.actor);
  {
    const std::lock_guard lock(mutex_);
    fresh_.push_back(std::move(watcher));
  }
  changed_.notify_all();
}

std::size_t LiveDesk::watchers() const {
  const std::lock_guard lock(mutex_);
  return count_ + fresh_.size();
}

// Returns early if somebody has come, or it is over.
void LiveDesk::wait(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, until, [this] { return is_over_ || !fresh_.empty(); });
}

void LiveDesk::run() {
  Clock::time_point sample_at = Clock::now();
  Clock::time_point tell_at = Clock::now();
  for (;;) {
    wait(watchers_.empty() ? sample_at : std::min(sample_at, tell_at));
    std::vector<Watcher> fresh;
    {
      const std::lock_guard lock(mutex_);
      if (is_over_) return;
      fresh.swap(fresh_);
      count_ = watchers_.size() + fresh.size();
    }
    const View now = publisher_.view();
    if (Clock::now() >= sample_at) {
      history_.add(*now, wall_clock());
      sample_at = Clock::now() + between_samples;
    }
    if (watchers_.empty() && fresh.empty()) continue;
    if (shown_ == nullptr || Clock::now() >= tell_at) {
      tell(now);
      tell_at = Clock::now() + least_between;
    }
    greet(std::move(fresh));
    if (watchers_.empty()) {
      shown_.reset();
      wholes_.clear();
    }
    const std::lock_guard lock(mutex_);
    count_ = watchers_.size();
  }
}

void LiveDesk::drop_who_left(Time now) {
  std::erase_if(watchers_, [now](const Watcher& watcher) {
    if (!watcher.lasts(now)) watcher.stream->finish();
    return !watcher.stream->is_open();
  });
}

void LiveDesk::tell(const View& now) {
  drop_who_left(wall_clock());
  const View before = std::exchange(shown_, now);
  if (before == nullptr || before->sequence != now->sequence) wholes_.clear();
  if (watchers_.empty()) return;
  Pieces pieces;
  const auto send = [&](const auto& make) {
    for (Watcher& watcher : watchers_) {
      http::EventStream::Piece& piece = pieces[watcher.sees];
      if (piece == nullptr) piece = make(watcher);
      watcher.stream->send(piece);
    }
    spoke_ = Clock::now();
  };
  if (before->estate_version != now->estate_version) {
    send([&](const Watcher& watcher) { return estate_for(*now, *watcher.actor); });
    pieces.clear();
    return send([&](const Watcher& watcher) { return whole_for(watcher); });
  }
  const api::ViewChanges changes =
      before->sequence == now->sequence ? api::ViewChanges{} : changes_between(*before, *now);
  if (!changes.empty()) {
    return send([&](const Watcher& watcher) {
      const api::Access access(*watcher.actor, *now->tenants);
      return frame("state", now->sequence, changed_state_json(*before, *now, access, changes));
    });
  }
  if (Clock::now() < spoke_ + longest_silence) return;
  send([&](const Watcher&) {
    return frame("beat", now->sequence,
                 fmt::format(R"({{"sequence":{},"now":"{}"}})", now->sequence, dure::to_text(wall_clock())));
  });
}

http::EventStream::Piece LiveDesk::whole_for(const Watcher& watcher) {
  http::EventStream::Piece& piece = wholes_[watcher.sees];
  if (piece == nullptr) {
    const api::Access access(*watcher.actor, *shown_->tenants);
    piece = frame("state", shown_->sequence, whole_state_json(*shown_, access));
  }
  return piece;
}

// They join what the others know.
void LiveDesk::greet(std::vector<Watcher> fresh) {
  for (Watcher& watcher : fresh) {
    watcher.stream->send(estate_for(*shown_, *watcher.actor));
    if (watcher.since != shown_->sequence) watcher.stream->send(whole_for(watcher));
  }
  std::move(fresh.begin(), fresh.end(), std::back_inserter(watchers_));
}

}  // namespace dure::server
