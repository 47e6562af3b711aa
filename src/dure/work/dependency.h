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
  constexpr bool operator==(const Dependency&) const = default;
  constexpr auto operator<=>(const Dependency& other) const {
    const auto by_job = job <=> other.job;
    return by_job != 0 ? by_job : kind <=> other.kind;
  }
};

template <class Archive>
void fields(Archive& archive, Like<Dependency> auto& dependency) {
  archive(dependency.kind);
  archive(dependency.job);
}

}  // namespace dure
