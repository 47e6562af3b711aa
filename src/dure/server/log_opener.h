// Opens logs beside whoever reads them: an open may wait for a launcher.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "dure/server/log_source.h"

namespace dure::server {

// What came of an open; no file while it is under way.
struct Opening {
  std::optional<Result<engine::Fd>> file;  // the opener's until it has called `on_opened`, then the asker's
  bool is_done = false;                    // guarded by the asker, who is told by `on_opened`
};

// A few threads, so that one file system that does not answer leaves the others their turn. As many wait as there are
// readers.
class LogOpener {
 public:
  // Called on one of its threads.
  using OnOpened = std::function<void(Opening&)>;

  // `source` must outlive it.
  LogOpener(LogSource& source, OnOpened on_opened, std::size_t threads = 4);
  // Waits for what is being opened, which is bounded as LogSource::open is; forgets what only waits.
  ~LogOpener();

  // Any thread. Whoever lets go of it before its turn comes costs nobody a turn.
  std::shared_ptr<Opening> open(LogFile file);

 private:
  struct Order {
    LogFile file;
    std::shared_ptr<Opening> opening;  // shared with who asked, who may be gone when it is open
  };
  void run();

  LogSource& source_;
  OnOpened on_opened_;
  std::mutex mutex_;  // guards the next three
  std::condition_variable changed_;
  std::deque<Order> orders_;
  bool is_closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace dure::server
