// Makes the view that readers see out of the state, a turn at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dure/api/view.h"
#include "dure/core/state.h"
#include "dure/runtime/ports.h"
#include "dure/server/account.h"
#include "dure/server/ledger_publisher.h"

namespace dure::server {

// The loop's thread writes; any thread may ask for what is published. Costs a copy of each page of 1,024 rows that was
// touched since the last publication.
class Publisher final : public Observer {
 public:
  // Keeps the rows of so many jobs after their end; the journal has the others.
  explicit Publisher(std::size_t most_ended = 10'000) : most_ended_(most_ended) {}

  // What a snapshot keeps beside the state: what cannot be made from it.
  std::vector<std::byte> aside() const;
  // Goes on from a snapshot; false, and unchanged, if `aside` is no such thing or of another estate.
  bool restore(const State& state, std::span<const std::byte> aside);
  // Takes note of a fact that is replayed: only of what rows cannot be made from afterwards, such as jobs that have
  // ended.
  void replay(const State& state, const Fact& fact);
  // Makes all rows anew. O(jobs + nodes).
  void rebuild(const State& state);

  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State&, bool) override {}

  void publish(const State& state);
  std::shared_ptr<const api::View> view() const;  // shared by all who read it

  // Of a drained node; as of the last fact, on the loop's thread.
  std::string why_drained(const Fleet& fleet, NodeId node) const { return account_.why_drained(fleet, node); }

 private:
  void hear(const State& state, const Fact& fact);
  void declare_fleet(const State& state);
  void declare_tenants(const State& state);
  void put(const State& state, const Job& job, api::JobRow row);
  void refresh(const State& state, JobId job);
  void refresh_dependents(const State& state, JobId ended);
  void rename_ended(const Tenants& former);
  // Of the job that has departed; `row` says how it ended.
  void keep_ended(const State& state, api::JobRow row);
  void end(const State& state, api::JobRow row);
  void count(const api::JobRow& row, int sign);
  void follow(const api::JobRow* before, const api::JobRow* after);
  void count_pending(const api::JobRow& row, int sign);
  void note_promise(const api::JobRow& row, bool is_made);
  void touch(const Allocation& allocation);
  void put_on_nodes(const Job& job, bool holds);
  void refresh_touched(const State& state);
  void refresh_node(const State& state, NodeId node, api::NodeRoom& room);
  NodeAmounts lasting_on(const State& state, NodeId node, const NodeAmounts& now) const;
  std::shared_ptr<const std::vector<api::PoolOutlook>> outlooks();

  // What a pool's jobs have to do with time, as it changes.
  struct PoolBook {
    std::set<std::pair<Time, JobId>> promises;
    std::int64_t promised_milli = 0;
    std::set<std::pair<Time, JobId>> ends;  // of those that hold something, by time limits
    std::int64_t leaving_milli = 0;
    std::uint64_t moves = 0;
  };
  PoolBook& book_of(PoolId pool);  // to change it

  std::size_t most_ended_;
  std::shared_ptr<const Fleet> fleet_;
  std::shared_ptr<const Tenants> tenants_;
  std::uint64_t estate_version_ = 0;
  std::shared_ptr<const std::vector<std::string>> users_;
  std::shared_ptr<const std::vector<Window>> windows_;
  Account account_;
  LedgerPublisher ledger_;
  std::vector<api::TenantUse> use_;  // by TenantId, PoolId; only who runs and who waits, until it is published
  api::PageWriter<api::JobRow> jobs_;
  api::PageWriter<api::NodeRow> nodes_;
  api::PageWriter<api::NodeRooms> rooms_;
  api::PageWriter<api::PendingCounts> pending_on_;
  std::vector<api::NodeRow> node_rows_;  // by NodeId
  std::vector<NodeId> touched_;          // whose rows are to be made anew before the next publication
  std::vector<PoolBook> books_;          // by PoolId
  bool books_changed_ = true;            // since the last publication
  std::shared_ptr<const std::vector<api::PoolOutlook>> outlooks_;                                     // as published
  std::map<std::size_t, std::map<std::pair<TenantId, std::int32_t>, std::uint32_t>> pending_counts_;  // by page
  std::set<std::size_t> touched_counts_;                                                              // pages of them
  std::map<JobId, std::vector<JobId>> waiters_;  // by the job they come after, or the first of the array
  std::deque<JobId> ended_;                      // whose rows are still there, the first to go first
  std::uint64_t pending_ = 0;
  std::uint64_t running_ = 0;

  mutable std::mutex mutex_;  // guards published_
  std::shared_ptr<const api::View> published_;
};

}  // namespace dure::server
