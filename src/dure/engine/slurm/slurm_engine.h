// Runs work on a cluster that Slurm runs. docs/operating/slurm.md; docs/design/0028-slurm.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/slurm/reconciler.h"

namespace dure::engine {

// Callable from any thread. Orders are carried out by the engine's own thread, which also calls the hearers; they never
// wait for Slurm. An order is idempotent.
class SlurmEngine {
 public:
  // `link` is asked for nothing before begin().
  SlurmEngine(std::unique_ptr<SlurmLink> link, Shelf shelf, SlurmOptions options, SlurmHearers hearers);
  SlurmEngine(SlurmEngine&&) noexcept;
  SlurmEngine& operator=(SlurmEngine&&) noexcept;
  // What runs goes on running.
  ~SlurmEngine();

  // After a restart, all attempts that hold nodes by the journal; then hearers are called.
  void begin(std::vector<Expected> expected);

  // As of LocalEngine; a start that is given up is reported as `taken_back`.
  void start(Attempt attempt);
  void stop(AttemptId id, StopOrder order);
  void forget(AttemptId id);
  // What an operator says of a node is said to Slurm too.
  void drain(std::string node, std::string reason);
  void resume(std::string node);

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace dure::engine
