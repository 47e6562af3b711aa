// Sends what tasks have written, and goes on while they write.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dure/api/route.h"
#include "dure/engine/fd.h"
#include "dure/http/reply.h"
#include "dure/server/log_opener.h"
#include "dure/server/log_source.h"

namespace dure::server {

// One thread reads for all who follow; files are opened beside it, as that may wait. A log that cannot be opened now is
// refused (503), and one that is followed already is tried again. A piece is sent when the one before is on its way, so
// that a slow reader costs a piece of memory; a log that has nothing new is looked at again after 100 ms, as files tell
// nobody across all file systems.
class LogFollower {
 public:
  // `source` must outlive it. The server whose replies it gets must be stopped before it goes.
  explicit LogFollower(LogSource& source, std::size_t most_at_once = 1 << 20);
  ~LogFollower();

  // Any thread. Ends when `actor` is no longer good.
  void read(http::Reply reply, const api::ReadLog& log, std::shared_ptr<const api::Actor> actor);

 private:
  struct Place {
    LogRun run;
    LogFile file;
    std::shared_ptr<Opening> opening = {};  // under way; shared with the opener
    engine::Fd open = {};                   // kept: somebody else may have to open it for us
  };
  struct Follower {
    std::optional<http::Reply> reply;                // until the log is open for the first time
    std::shared_ptr<http::EventStream> stream = {};  // from then on; shared with nobody
    std::shared_ptr<bool> has_room;                  // shared with the stream's on_drained; guarded by mutex_
    api::ReadLog log;
    std::shared_ptr<const api::Actor> actor;  // shared with the book of tokens
    bool may_grow = true;
    std::optional<Place> place;
    std::optional<Place> next;  // of a later run: after all that there is at `place`
    std::optional<std::chrono::steady_clock::time_point> look_at = {};  // not before; nullopt: once there is room
  };
  enum class After { more, an_opening, a_pause, all };

  void run();
  void wait(const std::vector<Follower>& followers);
  // Sends what is new; says what there is after it.
  After advance(Follower& follower);
  void find(Follower& follower);
  // What follows in the file; nullopt until it was opened. `unavailable` if that cannot be done now.
  Result<std::optional<std::string>> read_on(Follower& follower);
  void begin(Follower& follower);
  bool is_done(const Opening& opening);
  // Whether nothing more is to be done for it.
  bool look_after(Follower& follower, std::chrono::steady_clock::time_point now);
  bool send(Follower& follower, std::string text);
  bool has_room(const Follower& follower);

  LogSource& source_;
  std::size_t most_at_once_;
  std::mutex mutex_;  // guards the next four, and what is done of openings
  std::condition_variable changed_;
  std::vector<Follower> arrived_;
  bool has_news_ = false;  // a stream was drained or a file opened since the last look
  bool is_closed_ = false;
  LogOpener opener_;
  std::thread thread_;
};

}  // namespace dure::server
