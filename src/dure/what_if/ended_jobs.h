// What others waited for, and has ended meanwhile.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "dure/core/state.h"

namespace dure::what_if {

class EndedJobs {
 public:
  // After each fact was applied. O(1).
  void note(const State& state, const Fact& fact);

  // Of what a submission is to come after, what there is still to wait for; nullopt if that can never be met any more.
  // O(dependencies).
  std::optional<std::vector<Dependency>> left_of(const State& state, const std::vector<Dependency>& after) const;

 private:
  void end(const State& state, const Job& job, bool completed);
  std::optional<bool> completion_of(const State& state, const Dependency& on) const;

  std::unordered_map<JobId, bool> completed_;
  std::unordered_map<JobId, bool> all_completed_;  // by the first job of an array
};

}  // namespace dure::what_if
