// What a job waits for before it may start: other jobs' ends.
#pragma once

#include <compare>
#include <cstdint>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"

namespace dure {

// Which end of the other job will do, or of all the jobs of the array that it began.
enum class After : std::uint8_t {
  ok,            // that it completed
  any,           // however it ended
  not_ok,        // that it ended in any other way
  array_ok,      // that all completed
  array_any,     // that all ended, however
  array_not_ok,  // that all ended, and one of them did not complete
};

constexpr After last_of(After) { return After::array_not_ok; }

constexpr bool is_of_array(After kind) { return kind >= After::array_ok; }
// The same end, of one job and of a whole array.
constexpr After of_job(After kind) {
  return is_of_array(kind) ? static_cast<After>(static_cast<int>(kind) - static_cast<int>(After::array_ok)) : kind;
}
constexpr After of_array(After kind) {
  return is_of_array(kind) ? kind : static_cast<After>(static_cast<int>(kind) + static_cast<int>(After::array_ok));
}
// Whether an end in which the job, or all jobs of the array, `completed` is what was waited for.
constexpr bool is_met(After kind, bool completed) {
  return of_job(kind) == After::any || completed == (of_job(kind) == After::ok);
}

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
