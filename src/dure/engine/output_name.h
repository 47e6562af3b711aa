// Where a task's output goes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dure/engine/attempt.h"

namespace dure::engine {

enum class Stream : std::uint8_t { output, error };

// What the file names of a job's text may speak of.
struct OutputName {
  AttemptId id;
  std::string job;  // its name
  std::optional<ArrayElement> element;
  std::uint32_t task = 0;
  std::string any_task = {};  // in place of the task's number: for a pattern of all of their paths
};

// Returns the absolute path; `home` is the job's own folder. Where a job names no file for its errors, both streams go
// to the same.
std::string output_path(const JobText& text, const OutputName& name, Stream stream, const std::string& home);

}  // namespace dure::engine
