// What a job waits for besides a place: other jobs and their outcome.
#pragma once

#include <compare>
#include <cstdint>

#include "dure/base/ids.h"

namespace dure {

// How the other job must have ended.
enum class After : std::uint8_t { ok, any, not_ok };

struct Dependency {
  JobId job;
  After after = After::ok;
  auto operator<=>(const Dependency&) const = default;
};

template <class Archive>
void fields(Archive& archive, const Dependency& dependency) {
  archive(dependency.job);
  archive(dependency.after);
}

}  // namespace dure
