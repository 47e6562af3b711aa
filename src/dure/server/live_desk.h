// Follows the published views for browsers: docs/design/0032-portal.md.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "dure/api/actor.h"
#include "dure/api/live_json.h"
#include "dure/api/view.h"
#include "dure/http/reply.h"
#include "dure/server/publisher.h"
#include "dure/server/use_history.h"

namespace dure::server {

// A thread of its own looks at the newest view at most twice a second, finds what has changed since the one before, and
// tells all who watch: each text is made once for all who may see the same. The loop does nothing for it. Holds one
// view while somebody watches.
class LiveDesk {
 public:
  // Begins at once. Must both outlive it.
  LiveDesk(const Publisher& publisher, UseHistory& history);
  ~LiveDesk();
  LiveDesk(const LiveDesk&) = delete;
  LiveDesk& operator=(const LiveDesk&) = delete;

  // Sends the estate and its state, then what changes. `since`: the sequence that the watcher has seen; it gets the
  // state only if there is a newer one. Any thread; the first event comes from the desk's.
  // `lasts`: whether it may go on, asked now and then from the desk's thread.
  using Lasts = std::function<bool(Time now)>;
  void watch(http::Reply reply, std::shared_ptr<const api::Actor> actor, Lasts lasts,
             std::optional<std::uint64_t> since);
  std::size_t watchers() const;

 private:
  using Clock = std::chrono::steady_clock;
  using View = std::shared_ptr<const api::View>;  // shared with whoever reads it
  struct Watcher {
    std::shared_ptr<http::EventStream> stream;  // shared with nobody
    std::shared_ptr<const api::Actor> actor;    // shared with the book of tokens
    Lasts lasts;
    std::string sees;                    // the same for all who may see the same
    std::optional<std::uint64_t> since;  // of one that has just come
  };
  using Pieces = std::map<std::string, http::EventStream::Piece, std::less<>>;  // by what is seen

  void run();
  void wait(Clock::time_point until);
  // What all who watch are to hear of `now`.
  void tell(const View& now);
  void greet(std::vector<Watcher> fresh);
  http::EventStream::Piece whole_for(const Watcher& watcher);
  void drop_who_left(Time now);

  const Publisher& publisher_;
  UseHistory& history_;
  // The desk's own.
  std::vector<Watcher> watchers_;
  View shown_;     // what they know; null while nobody watches
  Pieces wholes_;  // of `shown_`
  Clock::time_point spoke_;

  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::vector<Watcher> fresh_;
  std::size_t count_ = 0;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace dure::server
