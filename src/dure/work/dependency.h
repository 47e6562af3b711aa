// What a job waits for before it may start: other jobs' ends.
#pragma once

#include <compare>
#include <cstdint>

#include "dure/base/ids.h"

namespace dure {

// Which end of the other job will do.
enum class After : std::uint8_t {
  ok,      // that it completed
  any,     // however it ended
  not_ok,  // that it ended in any other way
};

struct Dependency {
  After kind = After::ok;
  JobId job;
  constexpr auto operator<=>(const Dependency&) const = default;
};

template <class Archive>
void fields(Archive& archive, const Dependency& dependency) {
  archive(dependency.kind);
  archive(dependency.job);
}

}  // namespace dure
