// A site whose work Slurm runs.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "dure/core/state.h"
#include "dure/engine/slurm/slurm_engine.h"
#include "dure/server/config.h"
#include "dure/server/sites.h"

namespace dure::server {

class SlurmSite final : public WorkSite {
 public:
  // Its folder must be usable; Slurm need not answer yet. `word`: this server's, in the comments of its jobs.
  static Result<std::unique_ptr<SlurmSite>> open(const SlurmConfig& config, const std::string& word,
                                                 engine::SlurmHearers hearers);

  // Tells the engine what holds nodes by the journal; it finds out what became of it. Before the first turn.
  void recover(const State& state, Sites& sites);

  void start(engine::Attempt attempt) override { engine_.start(std::move(attempt)); }
  void stop(engine::AttemptId id, engine::StopOrder order) override { engine_.stop(id, std::move(order)); }
  void forget(engine::AttemptId id) override { engine_.forget(id); }
  void drain(const std::string& node, const std::string& reason) override { engine_.drain(node, reason); }
  void resume(const std::string& node) override { engine_.resume(node); }
  std::string output_path_of(const JobText& text, const engine::OutputName& name, engine::Stream stream) const override;
  Result<engine::Fd> open_log(JobId job, const engine::Owner& owner, const std::string& path) const override;

 private:
  SlurmSite(SlurmConfig config, engine::Shelf shelf, engine::SlurmEngine engine)
      : config_(std::move(config)), shelf_(std::move(shelf)), engine_(std::move(engine)) {}

  SlurmConfig config_;
  engine::Shelf shelf_;
  engine::SlurmEngine engine_;
};

}  // namespace dure::server
