// One rank's part in a training, from the first step or a checkpoint to the final weights.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint.h"
#include "dataset.h"
#include "momentum.h"
#include "network.h"
#include "options.h"
#include "peers.h"
#include "report.h"

namespace dure::train {

enum class End : std::uint8_t { complete, stopped };

struct Images {
  Dataset train;
  Dataset test;
};

// Requires that there are images.
Identity identity_of(const Options& options, const Dataset& train);

// All ranks do the same steps in the same order; each takes its slice of every batch. Ranks agree on checkpoints and on
// the end because what was wished goes with the gradients of a step.
class Training {
 public:
  // All must outlive this Training.
  Training(const Options& options, const Images& images, Peers& peers);

  Result<End> run();

 private:
  Result<void> resume();
  Result<std::vector<std::byte>> read_checkpoint() const;
  Result<End> run_epoch();
  Result<Wishes> step();
  void load_slice(std::uint64_t begin, std::uint64_t end);
  Result<void> keep(Wishes wishes);
  Result<void> write_checkpoint(Wishes wishes) const;
  Result<void> finish();
  Result<Tally> test();

  bool is_due() const;
  bool is_complete() const { return progress_.epoch == options_.epochs; }
  std::uint32_t steps_per_epoch() const;
  std::uint64_t steps_done() const;
  void shuffle();
  void raise_signals() const;

  const Options& options_;
  const Images& images_;
  Peers& peers_;
  Report report_;
  Identity identity_;
  Progress progress_;
  Network network_;
  Momentum momentum_;
  std::vector<float> gradient_;
  Batch batch_;
  std::vector<std::uint32_t> order_;  // of the images in this epoch
};

}  // namespace dure::train
