// How a run came to its end, out of what Slurm says of it and what its script has left on the shelf.
#pragma once

#include <optional>
#include <string>

#include "dure/engine/attempt.h"
#include "dure/engine/slurm/shelf.h"
#include "dure/engine/slurm/slurm_link.h"

namespace dure::engine {

// What was asked of it before.
struct RunOrders {
  std::optional<StopKind> stop;
  bool is_told = false;            // it was signalled, or cancelled in Slurm, for that stop
  bool is_over_its_limit = false;  // and was cancelled for that
};

// Of a run that began by the shelf, and that Slurm says is over. No `exit`: its script has not said how it ended, and
// will not any more. `words`: the last that it printed.
Ending ending_of(const SlurmJob& job, const std::optional<ShelfExit>& exit, const RunOrders& orders,
                 const std::string& words);

// Of one that Slurm knows nothing of any more. No `exit`: it is lost, and last gave a sign of life `at`.
Ending ending_of_forgotten(const std::optional<ShelfExit>& exit, Time at, const RunOrders& orders);

// Why Slurm says it is over; empty if it ended by itself.
std::string what_ended(const SlurmJob& job);

}  // namespace dure::engine
