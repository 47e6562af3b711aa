// The pods of a trace as they arrive for packing: one by one, and of no use a moment later.
#pragma once

#include <cstdint>
#include <vector>

#include "dure/base/result.h"
#include "dure/policy/reference/typical_pods.h"
#include "dure/simulate/node_list.h"
#include "dure/simulate/pod_list.h"
#include "dure/simulate/scenario.h"
#include "dure/world/job_source.h"

namespace dure::simulate {

// A trace for packing, and the order in which nodes win ties. Each row of both orders is there as often as the fleet
// has copies, in a row.
struct PackTrace {
  std::vector<PodRow> pods;
  std::vector<std::uint32_t> arrivals;  // rows of `pods`, before they are repeated
  std::uint32_t copies = 1;
  std::vector<NodeId> tie_order;  // all nodes of all copies

  std::uint64_t arrival_count() const { return arrivals.size() * std::uint64_t{copies}; }
  const PodRow& arrival(std::uint64_t i) const { return pods[arrivals[i / copies]]; }
};

// Reads what `spec` names; `seed` is that of the scenario, for a spec without one.
Result<PackTrace> read_pack_trace(const PackSpec& spec, const Fleet& fleet, std::uint64_t seed);

// A job of one task for each, a second apart, that expires if it cannot start in the instant in which it comes.
class PackSource final : public JobSource {
 public:
  // `trace` must outlive this object.
  explicit PackSource(const PackTrace& trace) : trace_(trace) {}

  std::optional<SourcedJob> next() override;
  std::uint64_t total() const override { return trace_.arrival_count(); }

 private:
  const PackTrace& trace_;
  std::uint64_t next_ = 0;
};

}  // namespace dure::simulate
