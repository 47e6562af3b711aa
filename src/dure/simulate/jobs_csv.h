// jobs.csv: one row a job, in the order in which they ended.
#pragma once

#include <filesystem>
#include <utility>

#include "dure/base/result.h"
#include "dure/simulate/csv_file.h"
#include "dure/simulate/recorder.h"

namespace dure::simulate {

class JobsCsv {
 public:
  static Result<JobsCsv> create(const std::filesystem::path& path);

  void add(const State& state, const FinishedJob& finished);
  // Writes what is left. An error if anything could not be written.
  Result<void> close() { return file_.close(); }

 private:
  explicit JobsCsv(CsvFile file) : file_(std::move(file)) {}

  CsvFile file_;
};

}  // namespace dure::simulate
