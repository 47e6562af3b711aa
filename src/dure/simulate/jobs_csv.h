// jobs.csv: one row a job, in the order in which they ended.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "dure/base/result.h"
#include "dure/simulate/recorder.h"

namespace dure::simulate {

class JobsCsv {
 public:
  static Result<JobsCsv> create(const std::filesystem::path& path);

  void add(const State& state, const FinishedJob& finished);
  // Writes what is left. An error if anything could not be written.
  Result<void> close();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  JobsCsv(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}

  void flush();

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
  std::string buffer_;
  int error_ = 0;  // the errno of the first failure, or 0
};

}  // namespace dure::simulate
