// The site that is this machine.
#pragma once

#include <string>

#include "dure/core/state.h"
#include "dure/engine/local/local_engine.h"
#include "dure/runtime/loop.h"
#include "dure/server/sick_devices.h"
#include "dure/server/sites.h"

namespace dure::server {

class LocalSite final : public WorkSite {
 public:
  // Must outlive it.
  explicit LocalSite(engine::LocalEngine& engine) : engine_(engine) {}

  // Brings state and machine together again after a restart: what has ended meanwhile becomes facts at its true time,
  // what was ordered and not begun is begun, what is still running goes on. `sick`: what is broken here now. Before the
  // first turn.
  void recover(const State& state, Loop& loop, Sites& sites, const SickDevices& sick, Time now);

  void start(engine::Attempt attempt) override { engine_.start(std::move(attempt)); }
  void stop(engine::AttemptId id, engine::StopOrder order) override { engine_.stop(id, std::move(order)); }
  void forget(engine::AttemptId id) override { engine_.forget(id); }
  std::string output_path_of(const JobText& text, const engine::OutputName& name,
                             engine::Stream stream) const override {
    return engine_.output_path_of(text, name, stream);
  }
  Result<engine::Fd> open_log(JobId job, const engine::Owner& owner, const std::string& path) const override {
    return engine_.open_log(job, owner, path);
  }

 private:
  engine::LocalEngine& engine_;
};

}  // namespace dure::server
