// Sends what tasks have written, and goes on while they write.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "dure/api/route.h"
#include "dure/http/reply.h"

namespace dure::server {

// Where a log lies, and whether more may come.
struct LogPlace {
  std::string path;
  bool may_grow = false;
};

// One thread reads for all who follow; it looks every 100 ms, as files tell nobody across all file systems.
class LogFollower {
 public:
  using Find = std::function<std::optional<LogPlace>(const api::ReadLog&)>;  // nullopt: there is no such job

  explicit LogFollower(Find find);
  ~LogFollower();

  // Any thread.
  void read(http::Reply reply, const api::ReadLog& log);

 private:
  struct Follower {
    std::shared_ptr<http::EventStream> stream;  // shared with nobody
    api::ReadLog log;
  };
  void run();
  // False when there is nothing more to come.
  bool advance(Follower& follower);

  Find find_;
  std::mutex mutex_;  // guards the next three
  std::condition_variable changed_;
  std::vector<Follower> arrived_;
  bool is_closed_ = false;
  std::thread thread_;
};

}  // namespace dure::server
