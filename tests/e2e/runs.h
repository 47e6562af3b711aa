// What jobs themselves say of their runs: each appends a line to one common file when it begins, and one when it ends.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "dure/base/time.h"

namespace dure::e2e {

struct AttemptOf {
  std::uint32_t job = 0;
  std::uint32_t restart = 0;
  auto operator<=>(const AttemptOf&) const = default;
};

struct Seen {
  unsigned begins = 0;
  unsigned ends = 0;
  Time began;
  Time ended;
};

// What the jobs run: `SCRIPT FILE SECONDS CODE`.
extern const char* const run_script;

std::map<AttemptOf, Seen> read_runs(const std::filesystem::path& file);

}  // namespace dure::e2e
