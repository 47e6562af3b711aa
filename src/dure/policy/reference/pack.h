// Packing: each pod goes to the node with the highest score, or waits for the next change.
//
// Made for the protocol of FGD (Weng et al., USENIX ATC'23), in which pods come one by one and never leave.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "dure/policy/policy.h"
#include "dure/policy/reference/node_score.h"
#include "dure/policy/reference/score_board.h"

namespace dure {

// Takes jobs in order of ids, one a plan. Every job is one task; whole fleets are searched, whatever their sites. Knows
// no limits, windows or promises.
//
// Each shape has a board of scores. A node that changes is written to a log, and a board is caught up from where it was
// in the log when its shape comes again: O(nodes that changed since, log nodes each), O(nodes) for a new shape.
class PackPolicy final : public Policy {
 public:
  // `tie_order`: all nodes; the first wins among equal scores.
  PackPolicy(std::unique_ptr<NodeScore> score, std::vector<NodeId> tie_order);

  void observe(const State& state, const Fact& fact) override;
  void rebuild(const State& state) override;
  void plan(const State& state, Time now, std::vector<Decision>& out) override;
  std::optional<Time> next_wakeup(const State& state, Time now) const override;

 private:
  // Where pods may go does not depend on their number.
  struct Board {
    ScoreBoard scores;
    std::vector<bool> allows;  // by PoolId
    std::size_t read = 0;      // of the log
    std::uint64_t epoch = 0;   // in which it was filled
  };

  void try_all_pending(const State& state);
  void changed(const State& state, NodeId node);
  void on_placed(const State& state, const Job& job);
  void on_left(const State& state, const Job& job);
  void arrive(const State& state, JobId job);
  ScoreBoard::Score score_of(const State& state, const Shape& shape, const Board& board, std::uint32_t place);
  Board& board_of(const State& state, const Shape& shape);
  bool start(const State& state, JobId job, std::vector<Decision>& out);

  std::unique_ptr<NodeScore> score_;
  std::vector<NodeId> tie_order_;
  std::vector<std::uint32_t> place_of_;  // by NodeId: its place in the tie order
  std::map<Shape, Board> boards_;
  std::uint64_t epoch_ = 1;         // the next when all scores are others
  std::vector<std::uint32_t> log_;  // places of the nodes that changed
  std::vector<JobId> to_try_;       // ascending
};

}  // namespace dure
