// What points to a node that is broken: starts that failed on it, and the times that it was lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"

namespace dure {

struct NodeFault {
  enum class Kind : std::uint8_t { start_failed, lost };

  Time time;
  Kind kind = Kind::start_failed;
  std::uint32_t jobs = 0;  // that it hit
  JobId job;               // the first of them, or the first of its array; meaningful with any
};
constexpr NodeFault::Kind last_of(NodeFault::Kind) { return NodeFault::Kind::lost; }

template <class Archive>
void fields(Archive& archive, Like<NodeFault> auto& fault) {
  archive(fault.time);
  archive(fault.kind);
  archive(fault.jobs);
  archive(fault.job);
}

// Of one node, the oldest first: those of the last day, and the latest sixteen of these.
using NodeFaults = std::vector<NodeFault>;

// Appends one, and forgets what is too old to matter. O(1).
void note(NodeFaults& faults, const NodeFault& fault);

// Returns why the node should take no new work: three starts failed within an hour, or it was lost three times within a
// day. Nullopt if not, or if one job alone was there each time, or one array: then the job may be to blame. O(1).
std::optional<std::string> why_quarantine(const NodeFaults& faults, Time now);

}  // namespace dure
