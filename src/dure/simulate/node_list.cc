#include "dure/simulate/node_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "dure/simulate/trace/csv_rows.h"
#include "dure/spec/scalars.h"

namespace dure::simulate {
namespace {

enum Field : std::size_t { cpu, memory, gpus, model };
constexpr std::array<std::string_view, 4> columns{"cpu_milli", "memory_mib", "gpu", "model"};

// Reads one node as a pool of its own, without a name.
PoolSpec read_node(CsvRow& row) {
  PoolSpec node{.gpu_model = std::string(row.text(model)),
                .gpus_per_node = static_cast<std::uint32_t>(row.number(gpus)),
                .cpu_milli = row.number(cpu),
                .memory_mib = row.number(memory)};
  if (node.gpus_per_node > most_gpus_per_node) row.refuse(gpus, "a node has 0 to 64 GPUs");
  if (node.cpu_milli == 0) row.refuse(cpu, "write thousandths of a CPU, above zero");
  if (node.memory_mib == 0) row.refuse(memory, "write MiB, above zero");
  if (node.gpus_per_node > 0 && !spec::is_name(node.gpu_model)) row.refuse(model, "name the model of the GPUs");
  if (node.gpus_per_node == 0) node.gpu_model.clear();
  return node;
}

// Gathers equal nodes.
class Kinds {
 public:
  void add(PoolSpec node) {
    const auto same = [&](const PoolSpec& kind) {
      return std::tie(kind.gpu_model, kind.gpus_per_node, kind.cpu_milli, kind.memory_mib) ==
             std::tie(node.gpu_model, node.gpus_per_node, node.cpu_milli, node.memory_mib);
    };
    auto found = std::find_if(pools_.begin(), pools_.end(), same);
    if (found == pools_.end()) {
      node.name = name_for(node);
      node.nodes_per_rack = 0;
      found = pools_.insert(found, std::move(node));
    }
    kind_of_row_.push_back(static_cast<std::size_t>(found - pools_.begin()));
    place_in_kind_.push_back(found->nodes_per_rack++);
  }

  const std::vector<PoolSpec>& pools() const { return pools_; }

  // Nodes are numbered pool by pool.
  std::vector<NodeId> node_of_row() const {
    std::vector<std::uint32_t> first{0};
    for (const PoolSpec& pool : pools_) first.push_back(first.back() + pool.nodes_per_rack);
    std::vector<NodeId> nodes;
    for (std::size_t row = 0; row < kind_of_row_.size(); ++row) {
      nodes.push_back(NodeId{first[kind_of_row_[row]] + place_in_kind_[row]});
    }
    return nodes;
  }

 private:
  std::string name_for(const PoolSpec& node) {
    const std::string kind = node.gpus_per_node > 0 ? node.gpu_model : "cpu";
    return fmt::format("{}-{}", kind, ++kinds_of_model_[kind]);
  }

  std::vector<PoolSpec> pools_;
  std::map<std::string, int> kinds_of_model_;
  std::vector<std::size_t> kind_of_row_;
  std::vector<std::uint32_t> place_in_kind_;
};

FleetSpec fleet_of(const std::vector<PoolSpec>& pools, std::uint32_t copies) {
  FleetSpec fleet{.name = "openb", .sites = {}};
  for (std::uint32_t copy = 1; copy <= copies; ++copy) {
    fleet.sites.push_back({.name = copies == 1 ? "openb" : fmt::format("openb-{}", copy), .pools = pools});
  }
  return fleet;
}

}  // namespace

Result<NodeList> read_node_list(const std::string& path, std::uint32_t copies) {
  constexpr std::size_t most_pools = 60'000;
  Kinds kinds;
  const auto read = for_each_csv_row(path, columns, columns.size(), [&](CsvRow& row) { kinds.add(read_node(row)); });
  if (!read) return tl::unexpected<Error>(read.error());
  NodeList list{.fleet = {}, .node_of_row = kinds.node_of_row(), .copies = copies};
  if (list.node_of_row.size() * copies > most_nodes || kinds.pools().size() * copies > most_pools) {
    return fail(Code::invalid_argument,
                fmt::format("{}: {} nodes of {} kinds in {} copies; a fleet has at most {} nodes in {} pools", path,
                            list.node_of_row.size(), kinds.pools().size(), copies, most_nodes, most_pools));
  }
  list.fleet = fleet_of(kinds.pools(), copies);
  return list;
}

}  // namespace dure::simulate
