// jobs.csv: one row a job, in the order in which they ended.
#pragma once

#include <filesystem>
#include <memory>

#include "dure/base/result.h"
#include "dure/runtime/ports.h"
#include "dure/simulate/recorder.h"

namespace dure::simulate {

// What is added is noted at once, and written in that order on a thread of its own. To be used by one thread.
class JobsCsv final : public Observer {
 public:
  // Copies the fleet, which must stay as it is in `state`, and the names of the tenants. O(nodes + tenants).
  static Result<JobsCsv> create(const std::filesystem::path& path, const State& state);
  JobsCsv(JobsCsv&& other) noexcept;
  ~JobsCsv() override;

  // Looks out for other tenants.
  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State&, bool) override {}

  // O(placements). Waits for the disk where several thousand rows are still to be written.
  void add(const FinishedJob& finished);
  // Writes what is left. An error if anything could not be written.
  Result<void> close();

 private:
  class Writer;
  explicit JobsCsv(std::unique_ptr<Writer> writer);

  std::unique_ptr<Writer> writer_;
};

}  // namespace dure::simulate
