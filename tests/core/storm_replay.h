// What a storm recorded, replayed with all decisions made anew.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dure/base/random.h"
#include "dure/core/fact.h"
#include "dure/policy/dure_policy.h"
#include "dure/what_if/past.h"

namespace dure {

// The facts of a storm, and where its turns ended.
class RecordedTurns {
 public:
  void add(const Fact& fact) { facts_.push_back(fact); }
  // Requires what was added since the last turn to be all of it.
  void end_turn(std::uint64_t chain);

  const std::vector<Fact>& facts() const { return facts_; }
  std::vector<what_if::PastTurn> turns() const;

 private:
  struct End {
    std::uint64_t sequence = 0;
    std::uint64_t chain = 0;
  };
  std::vector<Fact> facts_;
  std::vector<End> ends_;
};

// Replays from a random turn on: without changes, which must end in the same digest, and with one, in which nothing may
// come to pass that cannot be, and all that had ended must end. Returns what is wrong.
std::vector<std::string> wrong_in_replays(const RecordedTurns& recorded, const DureOptions& options,
                                          std::uint64_t digest, Random& random);

}  // namespace dure
