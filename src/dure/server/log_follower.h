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
#include "dure/engine/local/fd.h"
#include "dure/engine/local/starter.h"
#include "dure/http/reply.h"

namespace dure::server {

// Which run of a job wrote a log last. The log lies where it does until one of them changes.
struct LogRun {
  std::uint32_t restart = 0;
  std::string job_name;
  bool operator==(const LogRun&) const = default;
};

struct LogState {
  LogRun run;
  bool may_grow = false;  // the job has not ended
};

struct LogFile {
  JobId job;
  std::string path = {};
  engine::Owner owner = {};
};

// Who knows of logs. Called on the follower's thread and on those that call LogFollower::read.
class LogSource {
 public:
  virtual ~LogSource() = default;
  // nullopt if there is no such job or task. Asked at every look at a log that may grow.
  virtual std::optional<LogState> state(const api::ReadLog& log) = 0;
  // The file. Asked once for each run.
  virtual LogFile file(const api::ReadLog& log, const LogRun& run) = 0;
  // Not open if there is no such file yet, none within reach, or none that its owner's account may read.
  virtual engine::Fd open(const LogFile& file) = 0;
};

// One thread reads for all who follow. A piece is sent when the one before is on its way, so that a slow reader costs a
// piece of memory; a log that has nothing new is looked at again after 100 ms, as files tell nobody across all file
// systems.
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
    engine::Fd open = {};  // kept: somebody else may have to open it for us
  };
  struct Follower {
    std::shared_ptr<http::EventStream> stream;  // shared with nobody
    std::shared_ptr<bool> has_room;             // shared with the stream's on_drained; guarded by mutex_
    api::ReadLog log;
    std::shared_ptr<const api::Actor> actor;  // shared with the book of tokens
    bool may_grow = true;
    std::optional<Place> place;
    std::optional<Place> next;  // of a later run: after all that there is at `place`
    std::optional<std::chrono::steady_clock::time_point> look_at = {};  // not before; nullopt: once there is room
  };
  enum class After { more, a_pause, all };

  void run();
  void wait(const std::vector<Follower>& followers);
  // Sends what is new; says what there is after it.
  After advance(Follower& follower);
  void find(Follower& follower);
  std::string read_on(Follower& follower) const;
  bool send(Follower& follower, std::string text);
  bool has_room(const Follower& follower);

  LogSource& source_;
  std::size_t most_at_once_;
  std::mutex mutex_;  // guards the next four
  std::condition_variable changed_;
  std::vector<Follower> arrived_;
  bool is_drained_ = false;  // a stream, since the last look
  bool is_closed_ = false;
  std::thread thread_;
};

}  // namespace dure::server
