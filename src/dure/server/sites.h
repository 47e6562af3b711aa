// The engine port: orders that have become facts go to the site that they are about, once they are durable.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dure/core/state.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/runtime/ports.h"
#include "dure/server/work_site.h"

namespace dure::server {

// The loop's thread owns it.
class Sites final : public Engine, public Observer {
 public:
  // Must outlive it.
  explicit Sites(JournalReader& archive) : archive_(archive) {}

  // This machine: the site with the engine `local`, whatever the fleet calls it. Must outlive this. Before the first
  // turn.
  void set_here(WorkSite& here) { here_ = &here; }
  // A cluster; `name`: as the fleet has it. Likewise.
  void add(const std::string& name, WorkSite& cluster) { clusters_[name] = &cluster; }
  // All sites with the engine `simulated`. Likewise.
  void set_rehearsed(WorkSite& rehearsed) { rehearsed_ = &rehearsed; }
  // The site of that name, or this machine if the fleet has none. Any thread, once all were added.
  WorkSite* find(const Fleet& fleet, const std::string& name) const;
  // Where jobs find the server.
  void set_address(std::string address) { address_ = std::move(address); }

  // All that its engine needs to start the job, as it is placed now; without what it runs where that is not needed.
  enum class WithText : bool { no, yes };
  engine::Attempt attempt_of(const State& state, const Job& job, WithText with_text);
  engine::StopOrder stop_order_of(const Job& job, Outcome outcome);
  // What was ordered before a restart, and is to be ordered again after the next commit.
  void start_again(const Job& job) { starts_.push_back(job.id); }
  void stop_again(const Job& job) { stops_.push_back({job.id, *job.stop_ordered}); }

  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State&, bool) override {}
  void execute(const State& state, std::span<const Decision> decisions) override;

 private:
  struct Gone {
    WorkSite* site = nullptr;
    engine::AttemptId id;
  };
  struct Word {
    WorkSite* site = nullptr;
    std::string node;
    std::string reason;  // empty: it takes work again
  };

  WorkSite* site_of(const Site& site) const;
  WorkSite* site_of(const State& state, PoolId pool) const;
  void say(const State& state, NodeId node, std::string reason);
  std::optional<JobText> text_of(BlobId id);

  JournalReader& archive_;
  WorkSite* here_ = nullptr;
  WorkSite* rehearsed_ = nullptr;  // where none is, nothing of them runs
  std::map<std::string, WorkSite*> clusters_;
  std::string address_;
  // Since the last commit.
  std::vector<JobId> starts_;
  std::vector<StopOrdered> stops_;
  std::vector<Gone> gone_;
  std::vector<Word> words_;
  struct KnownText {
    BlobId id;
    JobText text;
  };
  std::deque<KnownText> texts_;  // the latest
};

// The attempt that the job has, or will have next.
inline engine::AttemptId attempt_id_of(const Job& job) { return {job.id, job.evictions}; }

}  // namespace dure::server
