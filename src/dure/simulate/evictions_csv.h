// evictions.csv: one row for each time that a job was told to make room, in order.
#pragma once

#include <filesystem>
#include <utility>

#include "dure/base/result.h"
#include "dure/runtime/ports.h"
#include "dure/simulate/csv_file.h"
#include "dure/world/world.h"

namespace dure::simulate {

class EvictionsCsv final : public Observer {
 public:
  // `world` must outlive it.
  static Result<EvictionsCsv> create(const std::filesystem::path& path, const World& world);

  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State&, bool) override {}
  // Writes what is left. An error if anything could not be written.
  Result<void> close() { return file_.close(); }

 private:
  EvictionsCsv(CsvFile file, const World& world) : file_(std::move(file)), world_(world) {}

  void add_job(const Job& job);

  CsvFile file_;
  const World& world_;
};

}  // namespace dure::simulate
