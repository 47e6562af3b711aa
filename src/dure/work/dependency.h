// What a job waits for before it may start: other jobs' ends.
#pragma once

#include <compare>
#include <cstdint>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"

namespace dure {

// Which end of the other job will do.
enum class After : std::uint8_t {
  ok,      // that it completed
  any,     // however it ended
  not_ok,  // that it ended in any other way
};

constexpr After last_of(After) { return After::not_ok; }

struct Dependency {
  After kind = After::ok;
  JobId job;
  constexpr auto operator<=>(const Dependency&) const = default;
};

template <class Archive>
void fields(Archive& archive, Like<Dependency> auto& dependency) {
  archive(dependency.kind);
  archive(dependency.job);
}

}  // namespace dure
