#include "dure/core/node_fault.h"

#include <fmt/format.h>

#include <algorithm>

namespace dure {
namespace {

constexpr std::size_t least_faults = 3;
constexpr std::size_t most_kept = 16;
constexpr Duration starts_within = hours(1);
constexpr Duration losses_within = days(1);

NodeFaults recent(const NodeFaults& faults, NodeFault::Kind kind, Time from) {
  NodeFaults found;
  for (const NodeFault& fault : faults) {
    if (fault.kind == kind && fault.time >= from) found.push_back(fault);
  }
  return found;
}

bool may_be_one_jobs(const NodeFaults& faults) {
  return std::all_of(faults.begin(), faults.end(),
                     [&](const NodeFault& fault) { return fault.jobs == 1 && fault.job == faults.front().job; });
}

bool is_enough(const NodeFaults& faults) { return faults.size() >= least_faults && !may_be_one_jobs(faults); }

}  // namespace

void note(NodeFaults& faults, const NodeFault& fault) {
  std::erase_if(faults, [&](const NodeFault& old) { return fault.time - old.time > losses_within; });
  if (faults.size() == most_kept) faults.erase(faults.begin());
  faults.push_back(fault);
}

std::optional<std::string> why_quarantine(const NodeFaults& faults, Time now) {
  const NodeFaults starts = recent(faults, NodeFault::Kind::start_failed, now - starts_within);
  if (is_enough(starts)) {
    return fmt::format("quarantine: {} starts failed within {}", starts.size(), to_text(starts_within));
  }
  const NodeFaults losses = recent(faults, NodeFault::Kind::lost, now - losses_within);
  if (is_enough(losses)) {
    return fmt::format("quarantine: lost {} times within {}", losses.size(), to_text(losses_within));
  }
  return std::nullopt;
}

}  // namespace dure
