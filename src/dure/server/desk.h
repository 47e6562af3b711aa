// Where requests and reports wait for the loop, and where requests hear what came of them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dure/api/command.h"
#include "dure/core/state.h"
#include "dure/engine/local/attempt.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/runtime/ports.h"

namespace dure::server {

struct PendingRequest {
  api::Command command;
  std::uint64_t estate_version = 0;  // of the view by which its names were resolved
  std::string user;
  std::string key;                                      // by which its sender may ask again; empty: none
  std::string request;                                  // a hash of what was asked
  std::function<void(const api::CommandResult&)> done;  // called on the loop's thread
};

// The live inbox. Any thread posts; the loop's thread waits and drains. At most `most_waiting` requests wait.
class Desk final : public Inbox {
 public:
  static constexpr std::size_t most_waiting = 100'000;
  static constexpr std::size_t changes_per_turn = 4096;

  // All must outlive the desk.
  Desk(const State& state, SqliteJournal& journal, JournalReader& archive)
      : state_(state), journal_(journal), archive_(archive) {}

  // False if too many wait already, or the server is closing; then nothing was taken.
  bool post(PendingRequest request);
  void post(engine::Report report);
  void close();
  void wake();

  // Returns when something waits, the desk was closed, or so much time has passed. False once closed and empty.
  bool wait(std::optional<Duration> most);

  void drain(Time now, std::vector<Change>& out) override;
  void refused(std::size_t position, const Change& change, const Error& error) override;

  // Tells everyone whose request was part of the turn. After its commit and its publication.
  void settle(std::uint64_t sequence);
  bool has_callers() const { return !callers_.empty(); }

  void set_estate_version(std::uint64_t version) { estate_version_ = version; }

 private:
  struct Caller {
    PendingRequest request;
    api::CommandResult result;
  };

  bool must_wait(const PendingRequest& request) const;
  bool may_be_ending(JobId job) const;
  void put_back(std::vector<PendingRequest> requests);
  void take(PendingRequest request, std::vector<Change>& out);
  void keep_submission(const Caller& caller);
  void submit(Caller& caller, std::vector<Change>& out);
  // `arrived`: what the turn does before.
  // What is left to wait for; nullopt if it has happened.
  Result<std::optional<Dependency>> left_of(const Dependency& on);
  Result<void> resolve_dependencies(spec::JobFile& file, const std::vector<Change>& arrived);
  void act(const api::ActOnJob& act, std::vector<Change>& out);
  void add(Change change, std::vector<Change>& out);
  void add_of_estate(Change change, std::vector<Change>& out);
  void add_report(const engine::Report& report, std::vector<Change>& out);
  UserId user(const std::string& name, std::vector<Change>& out);

  const State& state_;
  SqliteJournal& journal_;
  JournalReader& archive_;

  std::mutex mutex_;  // guards the next four
  std::condition_variable something_;
  std::vector<PendingRequest> requests_;
  std::vector<engine::Report> reports_;
  bool is_closed_ = false;
  bool is_woken_ = false;

  // The loop's alone: the turn at hand.
  struct Place {
    std::size_t caller = 0;
    std::size_t job = 0;
  };
  static constexpr std::size_t nobody = ~std::size_t{0};
  std::vector<Caller> callers_;
  std::vector<Place> places_;  // by position: whose change it is
  std::vector<std::string> new_users_;
  std::vector<JobId> ending_;  // jobs of which it may be the end
  bool changes_estate_ = false;
  JobId next_job_{1};
  std::uint64_t estate_version_ = 0;
};

}  // namespace dure::server
