// The latest facts as server-sent events, and who watches them.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dure/api/access.h"
#include "dure/core/state.h"
#include "dure/http/reply.h"
#include "dure/runtime/ports.h"

namespace dure::server {

// What a watcher wants to see, of what it may see.
struct Interest {
  std::shared_ptr<const api::Actor> actor;  // shared with the book of tokens
  std::optional<JobId> job;
  std::optional<std::string> tenant;  // its path; and those below it
};

// The loop's thread appends; any thread may watch. Events are sent when they are durable, each formatted once for
// all who see as much of it.
class EventLog final : public Observer {
 public:
  explicit EventLog(std::size_t most_kept = 65'536) : most_kept_(most_kept) {}

  // Events up to here happened before this server started, and are not at hand.
  void begin_after(std::uint64_t sequence) { kept_from_ = sequence; }

  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State&, bool) override {}
  // Sends what has happened since the last call; after it was committed and published. Who watches one job hears at
  // once; who watches everything, in one piece every 20 ms. Returns whether something waits for that.
  bool send();

  // Sends the events after `since` that are at hand, then those to come; without it only those to come. Where some are
  // no longer at hand, the first event is `gap`.
  void watch(http::Reply reply, Interest interest, std::optional<std::uint64_t> since);
  std::size_t watchers() const;
  // What is at hand of what has happened to a job, as whoever asks may see it: JSON, the first event first.
  std::string events_of(const Interest& interest) const;

 private:
  // Of what is told of a job: what not everybody sees who sees its names.
  enum class Hidden : std::uint8_t { nothing, place, cause, beneficiary };
  struct Whose {
    std::string tenant;
    std::string user;
  };
  struct Entry {
    std::uint64_t sequence = 0;
    Time time;
    const char* kind = "";
    std::optional<JobId> job;
    std::string tenant;
    std::string user;
    Hidden hidden = Hidden::nothing;
    Whose beneficiary;                      // where that is hidden
    http::EventStream::Piece piece;         // shared by all who are sent it, as the next
    http::EventStream::Piece without = {};  // what is hidden; null where nothing is
  };
  struct Told {
    const char* kind = "";
    std::optional<JobId> job;
    std::string more = {};  // members of the JSON object, each with a comma before it
    Hidden hidden = Hidden::nothing;
    std::string hidden_more = {};  // likewise
    Whose beneficiary = {};
  };
  struct Watcher {
    std::shared_ptr<http::EventStream> stream;  // shared with nobody
    Interest interest;
  };
  static Told tell(const State& state, const Change& change);
  static Told tell(const State& state, const StopOrdered& change);
  static http::EventStream::Piece make_piece(const Entry& entry, const std::string& about);
  static bool is_hidden(const Interest& interest, const Entry& entry, api::Seen seen);
  // What of the entry the watcher is sent; null: nothing.
  static http::EventStream::Piece piece_for(const Interest& interest, const Entry& entry);
  static bool has_left(const Watcher& watcher, Time now);
  using EntryPointer = std::shared_ptr<const Entry>;  // shared by the log and those who just read it

  void broadcast();
  // The kept entry after that sequence. O(log kept).
  std::deque<EntryPointer>::const_iterator first_after(std::uint64_t sequence) const;
  // Appends what the interested is to see of what is kept after `known`, with `gap` where some of it is no longer at
  // hand. Looks at most of it without the lock; when it returns, that is held and nothing is left.
  void catch_up(const Interest& interest, std::uint64_t known, std::string& text,
                std::unique_lock<std::mutex>& lock) const;

  std::size_t most_kept_;
  std::vector<Entry> fresh_;                            // of the turn; the loop's alone
  std::chrono::steady_clock::time_point broadcast_at_;  // likewise

  mutable std::mutex mutex_;  // guards the rest
  std::deque<EntryPointer> kept_;
  std::uint64_t kept_from_ = 0;     // the sequence before the first kept
  std::uint64_t broadcast_to_ = 0;  // sequence
  std::vector<Watcher> watchers_;   // of more than one job
  std::map<JobId, std::vector<Watcher>> job_watchers_;
};

}  // namespace dure::server
