// The pods of Alibaba's cluster traces (openb), and the orders in which they arrive.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/result.h"
#include "dure/fleet/fleet.h"
#include "dure/policy/reference/typical_pods.h"
#include "dure/work/shape.h"

namespace dure::simulate {

struct PodRow {
  std::string name;
  std::string models;  // as written: `V100M16|V100M32`; empty: any
  Shape shape;         // one task; names the pools of its models
};

// Reads `cpu_milli,memory_mib,num_gpu,gpu_milli`, and `name` and `gpu_spec` where the file has them. Fails at a row
// that is no pod, or one that allows only models of which the fleet has none.
Result<std::vector<PodRow>> read_pod_list(const std::string& path, const Fleet& fleet);

// The most frequent kinds of pods until 95 % of them are covered, by falling number; kinds of equal number by CPUs,
// share of a GPU, number of GPUs and the text of their models, the larger first.
TypicalPods typical_pods(const std::vector<PodRow>& pods);

struct PodOrder {
  std::vector<std::uint32_t> pods;   // rows of the pod list as they arrive; one may come several times
  std::vector<std::uint32_t> nodes;  // rows of the node list, each once, as they win ties
};

// Reads the lines `pods SEED ROW...` and `nodes SEED ROW...` of that seed. Fails if there is not exactly one of each,
// at a row that does not exist, and if the nodes are not all there once.
Result<PodOrder> read_pod_order(const std::string& path, std::uint64_t seed, std::size_t pods, std::size_t nodes);

}  // namespace dure::simulate
