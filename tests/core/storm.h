// A random world and what befalls it: the real loop, state and policy, a small engine, a history drawn from a seed, and
// the laws (laws.h) that hold after every turn.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dure/runtime/loop.h"
#include "laws.h"
#include "small_engine.h"
#include "storm_replay.h"
#include "storm_world.h"

namespace dure {

// Whether the server is started again now and then: with a state from its image, and a policy made from that.
enum class Restarts : std::uint8_t { never, often };

struct StormReport {
  std::vector<std::string> complaints;
  std::uint64_t digest = 0;
  std::uint64_t turns = 0;
  std::uint64_t starts = 0;
  std::uint64_t promises = 0;
  std::uint64_t evictions = 0;
  std::uint64_t reclaims = 0;
  std::uint64_t cleared = 0;
  std::uint64_t starts_beside = 0;  // on nodes with a window to come
  std::uint64_t starts_inside = 0;  // in the window that they name
  std::uint64_t drops_for_windows = 0;
  std::uint64_t narrowed = 0;  // of the evictions: jobs that went on with their minimum
  std::uint64_t moves = 0;     // of jobs off devices that failed
  std::uint64_t swaps = 0;     // of nodes under gangs
  std::uint64_t unswapped = 0;
  std::uint64_t preemptions = 0;
  std::uint64_t holes = 0;    // that others were moved for
  std::uint64_t leavers = 0;  // those
  std::uint64_t fair_evictions = 0;
  std::uint64_t racks_asked = 0;  // how often somebody waited who has racks
  std::uint64_t from_racks = 0;   // evicted from racks of others, as guests
  std::uint64_t refused = 0;
  std::uint64_t checks = 0;
};

class Storm final : public Inbox, public Engine, public Journal, public Observer {
 public:
  Storm(std::uint64_t seed, Restarts restarts);

  // Plays so many turns, then lets the storm calm down: everything returns, nothing new arrives, and every job must
  // come to its end. Stops at the first complaint.
  StormReport play(std::uint64_t turns);

  void drain(Time now, std::vector<Change>& out) override;
  void refused(std::size_t, const Change&, const Error&) override { ++report_.refused; }
  void checked(Time) override { laws_->decisions_begin(); }
  void execute(const State& state, std::span<const Decision> decisions) override;
  void append(const Fact& fact) override;
  void commit() override { recorded_.end_turn(state_.chain()); }
  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State& state, bool is_settled) override;

 private:
  using Nodes = std::vector<NodeId>;

  bool is_well() const { return laws_->complaints().empty() && report_.complaints.empty(); }
  void complain(std::string what) { report_.complaints.push_back(std::move(what)); }
  void tell(Change change) { arrived_.push_back(std::move(change)); }
  void declare(Change change);

  void befall();
  void befall_job();
  void befall_nodes();
  void befall_estate();
  void befall_windows();
  void note_start(const StartOrdered& start);
  void submit();
  void stop(const Job& job, Outcome outcome);
  void lose(const Nodes& nodes);
  void give_back(NodeId node);
  bool befall_gang();
  void befall_devices();
  std::uint64_t random_devices(NodeId node);
  void turn_clock_back();
  void oversleep();
  JobId random_job();
  Nodes random_nodes();

  void settle();
  void compare_with_a_fresh_policy();
  void advance(Duration duration);
  std::optional<Time> next_event() const;
  void restart();
  void release_from_quarantine();
  bool could_start(const Job& job) const;
  void calm_down();
  void replay();

  Random random_;
  Random other_;  // decides when to restart alone, so that the history is the same with and without
  Restarts restarts_;
  StormWorld world_;
  Time now_;
  std::uint64_t facts_at_turn_ = 0;
  Time planned_at_;  // the latest instant; the clock may have been turned back since
  State state_;
  std::unique_ptr<DurePolicy> policy_;
  std::optional<Loop> loop_;
  std::unique_ptr<Laws> laws_;
  SmallEngine engine_;
  std::vector<Change> arrived_;
  RecordedTurns recorded_;
  std::optional<Time> wakeup_;
  std::uint32_t next_job_ = 1;
  bool has_windows_;  // the world has some
  StormReport report_;
};

}  // namespace dure
