// Where requests and reports wait for the loop, and where requests hear what came of them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "dure/api/access.h"
#include "dure/api/command.h"
#include "dure/core/state.h"
#include "dure/engine/attempt.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/journal/sqlite/sqlite_journal.h"
#include "dure/runtime/ports.h"
#include "dure/server/door_book.h"
#include "dure/server/named_jobs.h"
#include "dure/server/sick_devices.h"
#include "dure/server/site_nodes.h"
#include "dure/server/token_book.h"

namespace dure::server {

struct PendingRequest {
  api::Command command;
  std::uint64_t estate_version = 0;                     // of the view by which its names were resolved
  std::shared_ptr<const api::Actor> actor;              // who asks; shared with the book of tokens
  std::string action;                                   // for the audit log: the operation
  std::string target;                                   // and its path
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
  Desk(const State& state, const NamedJobs& names, SqliteJournal& journal, JournalReader& archive, TokenBook& tokens)
      : state_(state), names_(names), journal_(journal), archive_(archive), tokens_(tokens) {}

  // False if too many wait already, or the server is closing; then nothing was taken.
  bool post(PendingRequest request);
  void post(engine::Report report);
  // What is broken on this machine, from now on.
  void post(SickDevices sick);
  // What a site says of its nodes, from now on.
  void post(const std::string& site, engine::SiteNews news);
  // Tells why a node is drained. Before the first turn.
  void set_why_drained(WhyDrained why_drained) { why_drained_ = std::move(why_drained); }
  // Before a job that failed on GPUs is taken for the culprit, `look_and(then)` is to have the devices looked at, post
  // what is broken, and call `then`. Without it jobs are judged by what was posted last. Before the first turn.
  using LookAnd = std::function<void(std::function<void()> then)>;
  void set_device_check(LookAnd look_and) { look_and_ = std::move(look_and); }
  // Of a request that was refused at the door; durable with one of the next turns.
  void note(AuditEntry entry);
  // Until refusals that were only counted are to be told; nullopt if there are none.
  std::optional<Duration> until_count() const;
  void close();
  void wake();

  // Returns when something waits, the desk was closed, or so much time has passed. False once closed and empty.
  bool wait(std::optional<Duration> most);

  void drain(Time now, std::vector<Change>& out) override;
  void refused(std::size_t position, const Change& change, const Error& error) override;
  void checked(Time now) override;

  // Tells everyone whose request was part of the turn. After its commit and its publication.
  void settle(std::uint64_t sequence);
  bool has_callers() const { return !callers_.empty(); }

  void set_estate_version(std::uint64_t version) { estate_version_ = version; }

 private:
  struct Caller {
    PendingRequest request;
    api::CommandResult result;
    std::string told = {};  // what the audit log says of it, where that is more than how it went
  };

  // A report, and whether the devices have been looked at since.
  struct Posted {
    engine::Report report;
    bool has_looked = false;
  };

  bool must_wait(const PendingRequest& request) const;
  bool may_be_ending(JobId job) const;
  void put_back(std::vector<PendingRequest> requests);
  void take(PendingRequest request, std::vector<Change>& out);
  void keep_submission(const Caller& caller);
  void submit(Caller& caller, std::vector<Change>& out);
  void act(const api::ActOnJob& act, std::vector<Change>& out);
  void add(Change change, std::vector<Change>& out);
  void add_of_estate(Change change, std::vector<Change>& out);
  void open_window(Caller& caller, Window window, std::vector<Change>& out);
  void close_window(Caller& caller, const std::string& name, std::vector<Change>& out);
  void book(Caller& caller, api::Book& book, std::vector<Change>& out);
  void complete(ledger::Change& change, const api::Book& book, UserId by, api::CommandResult& result);
  void create_token(Caller& caller, StoredToken token);
  void revoke_token(Caller& caller, const std::string& id);
  void add_devices(std::vector<Change>& out);
  void add_nodes(std::vector<Change>& out);
  void add_report(const Posted& posted, std::vector<Change>& out);
  UserId user(const std::string& name, std::vector<Change>& out);

  const State& state_;
  const NamedJobs& names_;
  SqliteJournal& journal_;
  JournalReader& archive_;
  TokenBook& tokens_;
  DoorBook door_;

  LookAnd look_and_;
  WhyDrained why_drained_;

  std::mutex mutex_;  // guards the next six
  std::condition_variable something_;
  std::vector<PendingRequest> requests_;
  std::vector<Posted> reports_;
  std::optional<SickDevices> posted_sick_;
  std::map<std::string, engine::SiteNews> posted_news_;
  bool is_closed_ = false;
  bool is_woken_ = false;

  // The loop's alone: the turn at hand.
  struct Place {
    std::size_t caller = 0;
    std::size_t job = 0;
  };
  static constexpr std::size_t nobody = ~std::size_t{0};
  std::vector<Caller> callers_;
  std::vector<Place> places_;                         // by position: whose change it is
  std::unordered_map<std::string, UserId> user_ids_;  // of the state's users, as far as they were looked at
  std::vector<std::string> new_users_;
  NamedJobs arrived_;                    // which the turn submits; an array by its first job
  std::vector<JobId> ending_;            // jobs of which it may be the end
  std::vector<StoredToken> new_tokens_;  // known once they are durable
  bool changes_estate_ = false;
  bool books_ = false;
  GrantId next_grant_;
  SickDevices sick_;                              // as posted last
  std::map<std::string, engine::SiteNews> news_;  // by site, as posted last
  bool is_news_due_ = false;                      // the state is to be compared with them
  Time now_;
  JobId next_job_{1};
  WindowId next_window_;
  std::uint64_t estate_version_ = 0;
};

}  // namespace dure::server
