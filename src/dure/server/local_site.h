// The engine port for work on this machine: orders that have become facts go to the local engine once they are durable.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dure/core/state.h"
#include "dure/engine/local/local_engine.h"
#include "dure/journal/sqlite/journal_reader.h"
#include "dure/runtime/loop.h"
#include "dure/runtime/ports.h"
#include "dure/server/sick_devices.h"

namespace dure::server {

// The loop's thread owns it.
class LocalSite final : public Engine, public Observer {
 public:
  // All must outlive it.
  LocalSite(engine::LocalEngine& engine, JournalReader& archive) : engine_(engine), archive_(archive) {}

  // Where jobs find the server.
  void set_address(std::string address) { address_ = std::move(address); }

  // Brings state and machine together again after a restart: what has ended meanwhile becomes facts at its true time,
  // what was ordered and not begun is begun, what is still running goes on. `sick`: what is broken here now. Before the
  // first turn.
  void recover(const State& state, Loop& loop, const SickDevices& sick, Time now);

  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State&, bool) override {}
  void execute(const State& state, std::span<const Decision> decisions) override;

 private:
  void start(const State& state, JobId job);
  void stop(const State& state, JobId job, Outcome outcome);
  std::optional<JobText> text_of(BlobId id);

  engine::LocalEngine& engine_;
  JournalReader& archive_;
  std::string address_;
  // Since the last commit.
  std::vector<JobId> starts_;
  std::vector<StopOrdered> stops_;
  std::vector<engine::AttemptId> ended_;
  struct KnownText {
    BlobId id;
    JobText text;
  };
  std::deque<KnownText> texts_;  // the latest
};

// How a job's tasks lie on the devices of one node.
std::vector<engine::TaskPlan> task_plans(const Job& job, const Shape& shape);

}  // namespace dure::server
