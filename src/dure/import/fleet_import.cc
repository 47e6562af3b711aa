#include "dure/import/fleet_import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "dure/fleet/demand.h"
#include "dure/spec/scalars.h"

namespace dure::importing {
namespace {

using NodeList = std::vector<const SlurmNode*>;

// Sets that grow together.
class Chains {
 public:
  explicit Chains(std::size_t count) : next_(count) { std::iota(next_.begin(), next_.end(), std::size_t{0}); }

  std::size_t find(std::size_t at) {
    while (next_[at] != at) at = next_[at] = next_[next_[at]];
    return at;
  }
  // The lower number stands for both.
  void join(std::size_t a, std::size_t b) {
    a = find(a), b = find(b);
    next_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> next_;
};

// Nodes are alike if this is equal; the last is the largest memory of those alike.
using Kind = std::tuple<std::string, std::uint32_t, std::uint32_t, std::int64_t>;

// Of machines of one kind some report a little less memory than others.
bool is_about(std::int64_t memory, std::int64_t largest) { return memory >= largest - largest / 32; }

std::vector<Kind> kinds_of(const NodeList& nodes) {
  std::vector<Kind> kinds;
  std::vector<std::size_t> order(nodes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (const SlurmNode* node : nodes) kinds.emplace_back(node->gpu_model, node->gpus, node->cpus, node->memory_mib);
  std::ranges::sort(order,
                    [&](std::size_t a, std::size_t b) { return kinds[a] != kinds[b] ? kinds[a] > kinds[b] : a < b; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    Kind& kind = kinds[order[i]];
    const Kind& before = kinds[order[i - 1]];
    Kind same = before;
    std::get<3>(same) = std::get<3>(kind);
    if (same == kind && is_about(std::get<3>(kind), std::get<3>(before))) kind = before;
  }
  return kinds;
}

// The nodes of each pool, pools by their first node.
std::vector<NodeList> pools_of(const NodeList& nodes) {
  const std::vector<Kind> kinds = kinds_of(nodes);
  Chains chains(nodes.size());
  std::map<std::pair<Kind, std::string_view>, std::size_t> first;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string& partition : nodes[i]->partitions) {
      const auto [at, is_new] = first.try_emplace({kinds[i], partition}, i);
      if (!is_new) chains.join(at->second, i);
    }
  }
  std::map<std::size_t, NodeList> pools;
  for (std::size_t i = 0; i < nodes.size(); ++i) pools[chains.find(i)].push_back(nodes[i]);
  std::vector<NodeList> list;
  for (auto& [first_node, pool] : pools) list.push_back(std::move(pool));
  return list;
}

bool lies_in(const SlurmNode& node, const std::string& partition) {
  return std::ranges::find(node.partitions, partition) != node.partitions.end();
}

std::size_t nodes_in(const NodeList& pool, const std::string& partition) {
  return static_cast<std::size_t>(
      std::ranges::count_if(pool, [&](const SlurmNode* node) { return lies_in(*node, partition); }));
}

class FleetImporter {
 public:
  FleetImporter(const SlurmCluster& cluster, Notes& notes) : cluster_(cluster), notes_(notes) {
    for (std::size_t i = 0; i < cluster.network.racks.size(); ++i) {
      for (const std::string& node : cluster.network.racks[i].nodes) rack_of_.emplace(node, i);
    }
  }

  Result<FleetImport> read() {
    const NodeList nodes = usable_nodes();
    if (nodes.empty()) {
      return fail(Code::invalid_argument,
                  fmt::format("cluster {}: found no node in a partition; put nodes into one", cluster_.name));
    }
    for (NodeList& pool : pools_of(nodes)) pools_.push_back(std::move(pool));
    name_pools();
    FleetImport import{.fleet = {.name = site(), .sites = {{.name = site(), .engine = EngineKind::slurm, .pools = {}}}},
                       .pools_of = {}};
    for (std::size_t i = 0; i < pools_.size(); ++i) import.fleet.sites.front().pools.push_back(make_pool(i));
    for (const SlurmPartition& partition : cluster_.partitions) tell_partition(partition, import);
    return import;
  }

 private:
  const std::string& site() const { return cluster_.name; }
  std::string path(std::size_t pool) const { return site() + '/' + names_[pool]; }
  void note(std::string place, std::string lost, std::string remedy) {
    notes_.push_back({std::move(place), std::move(lost), std::move(remedy)});
  }

  NodeList usable_nodes() {
    NodeList usable;
    std::vector<std::string> future;
    std::vector<std::string> unused;
    for (const SlurmNode& node : cluster_.nodes) {
      if (node.is_future) {
        future.push_back(node.name);
      } else if (node.partitions.empty()) {
        unused.push_back(node.name);
      } else {
        usable.push_back(&node);
      }
    }
    if (!future.empty()) {
      note("nodes " + some_of(future), "are FUTURE, and left out",
           "add them to their pool's hosts when they are there");
    }
    if (!unused.empty()) {
      note("nodes " + some_of(unused), "are in no partition, and left out",
           "add them to a pool's hosts if jobs may run there");
    }
    return usable;
  }

  // A pool is called as its GPUs are; where several are, as the partition that the others have no part in.
  void name_pools() {
    std::map<std::string, std::size_t> namesakes;
    for (const NodeList& pool : pools_) ++namesakes[base_name(pool)];
    std::set<std::string> taken;
    for (const NodeList& pool : pools_) {
      std::string name = base_name(pool);
      if (namesakes[name] > 1) {
        if (const std::string own = own_partition(pool); !own.empty()) name += '-' + own;
      }
      const std::string stem = name;
      for (int n = 2; !taken.insert(name).second; ++n) name = fmt::format("{}-{}", stem, n);
      names_.push_back(std::move(name));
    }
  }

  static std::string base_name(const NodeList& pool) {
    return pool.front()->gpus > 0 ? pool.front()->gpu_model : std::string("cpu");
  }

  std::string own_partition(const NodeList& pool) const {
    for (const SlurmPartition& partition : cluster_.partitions) {
      const auto has_part = [&](const NodeList& other) { return nodes_in(other, partition.name) > 0; };
      if (has_part(pool) && std::ranges::count_if(pools_, has_part) == 1) return partition.name;
    }
    return {};
  }

  PoolSpec make_pool(std::size_t at) {
    const SlurmNode& first = *pools_[at].front();
    PoolSpec pool{.name = names_[at], .gpu_model = first.gpu_model, .hosts = {}, .owners = {}};
    pool.gpus_per_node = std::min(first.gpus, most_gpus_per_node);
    pool.cpu_milli = std::int64_t{first.cpus} * whole;
    pool.memory_mib = least_memory(at);
    lay_out(at, pool);
    pool.default_time_limit = time_limit(at).value_or(pool.default_time_limit);
    if (first.gpus > most_gpus_per_node) {
      note("pool " + path(at), counted(first.gpus, "GPU") + " a node: Dure counts 64 at most", "");
    }
    if (first.gpu_model == "gpu") {
      note("pool " + path(at), "the model of its GPUs: Slurm's gres has no type",
           "write it as gpu.model in fleet.yaml");
    }
    if (first.gpu_model.find('+') != std::string::npos) {
      note("pool " + path(at), "GPUs of several models on one node are counted as one",
           "jobs that need a certain model cannot ask for it");
    }
    tell_gres(at);
    tell_features(at);
    tell_overlap(at);
    return pool;
  }

  std::int64_t least_memory(std::size_t at) {
    const auto [least, most] = std::ranges::minmax(pools_[at], {}, &SlurmNode::memory_mib);
    if (least->memory_mib != most->memory_mib) {
      note("pool " + path(at),
           fmt::format("nodes have {} to {} MiB of memory, and each is taken to have the least", least->memory_mib,
                       most->memory_mib),
           "");
    }
    return least->memory_mib;
  }

  std::optional<Duration> time_limit(std::size_t at) const {
    const SlurmPartition* chosen = nullptr;
    for (const SlurmPartition& partition : cluster_.partitions) {
      if (nodes_in(pools_[at], partition.name) == 0) continue;
      if (chosen == nullptr || (partition.is_default && !chosen->is_default)) chosen = &partition;
    }
    if (chosen == nullptr) return std::nullopt;
    return chosen->default_time ? chosen->default_time : chosen->most_time;
  }

  // The racks that the pool has nodes in, each with these, those outside of all in a last one.
  std::vector<std::pair<std::size_t, NodeList>> racks_of(std::size_t at) const {
    std::map<std::size_t, NodeList> racks;
    for (const SlurmNode* node : pools_[at]) {
      const auto rack = rack_of_.find(node->name);
      racks[rack == rack_of_.end() ? cluster_.network.racks.size() : rack->second].push_back(node);
    }
    return {racks.begin(), racks.end()};
  }

  void lay_out(std::size_t at, PoolSpec& pool) {
    const auto racks = racks_of(at);
    for (const auto& [rack, nodes] : racks) {
      for (const SlurmNode* node : nodes) pool.hosts.push_back(node->name);
    }
    pool.nodes_per_rack = static_cast<std::uint32_t>(pool.hosts.size());
    if (racks.size() == 1) return;
    const bool is_even =
        std::ranges::all_of(racks, [&](const auto& rack) { return rack.second.size() == racks.front().second.size(); });
    if (!is_even || racks.back().first == cluster_.network.racks.size()) return tell_uneven(at, racks);
    pool.nodes_per_rack = static_cast<std::uint32_t>(racks.front().second.size());
    pool.racks_per_block = static_cast<std::uint32_t>(racks.size());
    lay_out_blocks(at, racks, pool);
  }

  void lay_out_blocks(std::size_t at, const std::vector<std::pair<std::size_t, NodeList>>& racks, PoolSpec& pool) {
    std::vector<std::uint32_t> sizes;
    const std::string* last = nullptr;
    for (const auto& [rack, nodes] : racks) {
      const std::string& block = cluster_.network.racks[rack].block;
      if (last == nullptr || *last != block) sizes.push_back(0);
      ++sizes.back();
      last = &block;
    }
    if (std::ranges::all_of(sizes, [&](std::uint32_t size) { return size == sizes.front(); })) {
      pool.blocks = static_cast<std::uint32_t>(sizes.size());
      pool.racks_per_block = sizes.front();
    } else {
      note(
          "pool " + path(at),
          fmt::format("its blocks have {} racks, and a pool has equal ones: all are one block", fmt::join(sizes, ", ")),
          "make a pool of each kind of block if gangs must lie within one");
    }
    if (!cluster_.network.beyond.empty()) {
      note("pool " + path(at), "the network above blocks: " + some_of(cluster_.network.beyond), "");
    }
  }

  void tell_uneven(std::size_t at, const std::vector<std::pair<std::size_t, NodeList>>& racks) {
    std::vector<std::string> sizes;
    for (const auto& [rack, nodes] : racks) {
      const bool is_none = rack == cluster_.network.racks.size();
      sizes.push_back(fmt::format("{} {}", is_none ? "none" : cluster_.network.racks[rack].name, nodes.size()));
    }
    note("pool " + path(at),
         "its racks are unequal (" + some_of(sizes) + " nodes), and a pool has equal ones: all are one",
         "take the odd nodes into a pool of their own, and write topology: {racks_per_block: N}, if gangs must lie "
         "within one");
  }

  void tell_gres(std::size_t at) {
    std::set<std::string> names;
    for (const SlurmNode* node : pools_[at]) names.insert(node->other_gres.begin(), node->other_gres.end());
    if (names.empty()) return;
    note("pool " + path(at), fmt::format("gres {}: Dure counts GPUs, CPUs and memory", fmt::join(names, ", ")),
         names.contains("shard") || names.contains("mps") ? "ask for parts of GPUs instead: gpus: 0.25" : "");
  }

  void tell_features(std::size_t at) {
    std::map<std::string, std::size_t> counts;
    for (const SlurmNode* node : pools_[at]) {
      for (const std::string& feature : node->features) ++counts[feature];
    }
    if (counts.empty()) return;
    std::vector<std::string> texts;
    for (const auto& [feature, count] : counts) {
      texts.push_back(
          count == pools_[at].size() ? feature : fmt::format("{} ({} of {} nodes)", feature, count, pools_[at].size()));
    }
    note(
        "pool " + path(at), "features " + some_of(texts),
        "where jobs ask for one (-C), name pools or GPU models; nodes that must be told apart need pools of their own");
  }

  void tell_overlap(std::size_t at) {
    std::vector<std::string> texts;
    for (const SlurmPartition& partition : cluster_.partitions) {
      const std::size_t count = nodes_in(pools_[at], partition.name);
      if (count == 0) continue;
      texts.push_back(count == pools_[at].size()
                          ? partition.name
                          : fmt::format("{} ({} of {} nodes)", partition.name, count, pools_[at].size()));
    }
    if (texts.size() < 2) return;
    note("pool " + path(at), "partitions " + some_of(texts) + " share nodes, and are one pool",
         "guarantee tenants what they must have there; reserve nodes for a while with `dure window`");
  }

  void tell_partition(const SlurmPartition& partition, FleetImport& import) {
    std::int64_t units = 0;
    std::string first;
    for (std::size_t i = 0; i < pools_.size(); ++i) {
      const std::size_t nodes = nodes_in(pools_[i], partition.name);
      if (nodes == 0) continue;
      import.pools_of[partition.name].push_back(path(i));
      if (!first.empty()) continue;
      first = path(i);
      const SlurmNode& node = *pools_[i].front();
      units = static_cast<std::int64_t>(nodes) * (node.gpus > 0 ? node.gpus : node.cpus);
    }
    if (!partition.allowed_accounts.empty()) {
      note("partition " + partition.name, "is for accounts " + some_of(partition.allowed_accounts) + " alone",
           first.empty() ? ""
                         : fmt::format("guarantee them its part in tenants.yaml: guarantee: {{{}: {}}}", first, units));
    }
    std::vector<std::string> rules;
    for (const auto& [key, value] : partition.rules) {
      const bool is_everywhere = key == "PreemptMode" && value == cluster_.preempt_mode;
      if (!is_everywhere) rules.push_back(key + '=' + value);
    }
    if (rules.empty()) return;
    note("partition " + partition.name, some_of(rules),
         "a pool has no rules for jobs: say priority and time in the jobs");
  }

  const SlurmCluster& cluster_;
  Notes& notes_;
  std::map<std::string_view, std::size_t> rack_of_;
  std::vector<NodeList> pools_;
  std::vector<std::string> names_;  // by pool
};

}  // namespace

Result<FleetImport> import_fleet(const SlurmCluster& cluster, Notes& notes) {
  return FleetImporter(cluster, notes).read();
}

}  // namespace dure::importing
