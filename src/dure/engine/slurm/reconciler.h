// Closes the difference between what should run at a site and what Slurm says runs there. docs/design/0028-slurm.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "dure/engine/attempt.h"
#include "dure/engine/slurm/decision_id.h"
#include "dure/engine/slurm/ending.h"
#include "dure/engine/slurm/node_watch.h"
#include "dure/engine/slurm/shelf.h"
#include "dure/engine/slurm/slurm_link.h"

namespace dure::engine {

struct SlurmOptions {
  std::string server;  // the word for this server's site in the comments of its jobs; no colon in it
  std::string former;  // the word that earlier versions wrote; their jobs are known too
  std::string partition = "dure";
  std::string qos;                      // empty: the account's own
  Duration pending_most = seconds(30);  // a job that still waits then is taken back
  Duration away_most = seconds(30);     // a site that does not answer for so long takes no new work
  Duration poll_busy{250'000'000};      // from one list of jobs to the next while something is to begin or to end
  Duration poll_idle = seconds(1);
  Duration poll_nodes = seconds(10);
  Duration vanished_most = seconds(30);  // from when no list has a job that ran, and nothing says how it ended
  // The account that jobs of an owner run as; none: all as the server's.
  std::function<Result<Account>(const Owner&)> account_of;
};

struct SlurmHearers {
  std::function<void(const Report&)> on_report;
  std::function<void(SiteNews)> on_news;                 // each time something of it has changed
  std::function<void(const std::string& line)> on_tell;  // what was done about a difference, for the log
};

// An attempt that holds nodes by the journal, for a server that has just started.
struct Expected {
  Attempt attempt;
  std::optional<Time> started;
  std::optional<StopOrder> stop;
};

// For one thread. Asks Slurm and the shelf in step(), which may take a few times SlurmLink::call_most.
class Reconciler {
 public:
  Reconciler(std::unique_ptr<SlurmLink> link, Shelf shelf, SlurmOptions options, SlurmHearers hearers);

  void expect(Expected expected);
  void start(Attempt attempt);
  void stop(AttemptId id, StopOrder order);
  // Of one that has ended, or was taken back: its end is kept elsewhere.
  void forget(AttemptId id);
  void drain(std::string node, std::string reason) { nodes_.drain(std::move(node), std::move(reason)); }
  void resume(std::string node) { nodes_.resume(std::move(node)); }

  // Does what is due, and returns when something will be. `now` is the wall clock's.
  Time step(Time now);

 private:
  enum class Phase : std::uint8_t {
    ordered,  // to be submitted
    unsure,   // may have been: the next list tells
    waiting,  // in Slurm's queue
    running,
    over,  // and reported
  };

  struct Entry {
    DecisionId decision;
    std::vector<std::string> nodes;
    Phase phase = Phase::ordered;
    std::unique_ptr<SlurmSubmission> submission;  // until it has begun
    Time since;                                   // it is in this phase
    std::uint64_t slurm_id = 0;
    std::optional<Time> started;  // by Slurm's clock, as the next
    std::optional<Time> seen;     // it ran, by the last list that had it
    Duration time_limit;          // zero: none
    std::optional<uid_t> uid;     // of its account, where it has one
    std::optional<StopOrder> stop;
    bool is_signalled = false;
    bool is_over_its_limit = false;
    std::optional<Time> cancel_at;
    std::optional<Time> missed_since;  // since when nothing says how it ended
  };

  Result<std::unique_ptr<SlurmSubmission>> prepare(const Attempt& attempt, const DecisionId& decision);
  std::optional<DecisionId> decision_in(const SlurmJob& job) const;
  void note_numbers();
  Entry* expected_by(const SlurmJob& job);
  std::optional<std::uint64_t> begun_by(const Entry& entry) const;
  bool is_rather(const Entry& entry, const SlurmJob& job, const SlurmJob& than) const;
  static bool is_of_its_account(const Entry& entry, const SlurmJob& kept);
  void submit_all(Time now);
  void submit(Entry& entry, Time now);
  void list_jobs(Time now);
  void list_nodes(Time now);
  void note_devices(const std::vector<SlurmJob>& jobs);
  void observe(Entry& entry, const SlurmJob& job, Time now);
  void observe_waiting(Entry& entry, const SlurmJob& job, Time now);
  void observe_running(Entry& entry, const SlurmJob& job, Time now);
  void observe_end(Entry& entry, const SlurmJob& job, Time now);
  void miss(Entry& entry, Time begun, Time now);
  void stop_unbegun(Entry& entry, Time now);
  void stop_running(Entry& entry, Time now);
  void cancel_strays(const std::vector<SlurmJob>& jobs, Time now);
  bool take_back(Entry& entry, Time now, std::string why);
  void report_started(Entry& entry, Time at);
  void come_to_an_end(Entry& entry, SlurmJob job, const std::optional<ShelfExit>& exit, Time now);
  static RunOrders orders_of(const Entry& entry);
  void end_forgotten(Entry& entry, const std::optional<ShelfExit>& exit);
  bool is_repeat(const Entry& entry, const SlurmJob& job) const;
  Time begun(const Entry& entry) const;
  void report_end(Entry& entry, Ending ending);
  Result<std::optional<Account>> account_of(const Attempt& attempt) const;
  void hear(const Error& error, Time now);
  void answered();
  void sweep(Time now);

  std::unique_ptr<SlurmLink> link_;
  Shelf shelf_;
  SlurmOptions options_;
  SlurmHearers hearers_;
  NodeWatch nodes_;
  std::map<AttemptId, Entry> entries_;
  std::map<std::uint64_t, Entry*> numbers_;  // of those that wait or run, as of the last list
  std::map<DecisionId, Time> taken_back_;    // their folders stay for a while: a job of theirs may still come
  std::map<std::uint64_t, Time> cancelled_;  // strays, and when they were last told to end
  std::map<DecisionId, std::map<std::string, std::uint64_t>> devices_;  // that Slurm chose, as of the last list
  Time jobs_at_;
  Time nodes_at_;
  std::optional<Time> away_since_;
  std::string away_why_;
  Duration retry_after_;
  bool is_checked_ = false;
  bool is_swept_ = false;
};

}  // namespace dure::engine
