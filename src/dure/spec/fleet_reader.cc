#include "dure/spec/fleet_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "dure/base/host_list.h"
#include "dure/fleet/demand.h"
#include "dure/fleet/fleet.h"
#include "dure/spec/file.h"
#include "dure/spec/scalars.h"

namespace dure::spec {
namespace {

constexpr std::uint32_t most_cpus_per_node = 65'536;
constexpr std::uint32_t most_domains = static_cast<std::uint32_t>(most_nodes);
constexpr std::size_t most_pools = 65'000;  // their ids have 16 bits in the node table

std::optional<EngineKind> read_engine_kind(const Node& node) {
  static const auto read = one_of<EngineKind>(
      {{"simulated", EngineKind::simulated}, {"local", EngineKind::local}, {"slurm", EngineKind::slurm}});
  return read(node);
}

std::optional<EngineKind> read_engine(const Node& node) {
  return read_mapping<EngineKind>(node, "a mapping such as {kind: simulated}",
                                  [](Fields& in, EngineKind& kind) { in.need("kind", kind, read_engine_kind); });
}

struct Gpus {
  std::string model;
  std::int64_t memory_mib = 0;
  std::uint32_t per_node = 0;
};

std::optional<Gpus> read_gpus(const Node& node) {
  return read_mapping<Gpus>(node, "a mapping such as {model: H200, per_node: 8}", [](Fields& in, Gpus& gpus) {
    in.need("model", gpus.model, read_name);
    in.take("memory", gpus.memory_mib, read_memory);
    in.need("per_node", gpus.per_node, integer_in<std::uint32_t>(1, most_gpus_per_node));
  });
}

struct NodeSize {
  std::uint32_t cpus = 0;
  std::int64_t memory_mib = 0;
};

std::optional<NodeSize> read_node_size(const Node& node) {
  return read_mapping<NodeSize>(node, "a mapping such as {cpus: 192, memory: 2048Gi}", [](Fields& in, NodeSize& size) {
    in.need("cpus", size.cpus, integer_in<std::uint32_t>(1, most_cpus_per_node));
    in.take("memory", size.memory_mib, read_memory);
  });
}

struct Topology {
  std::uint32_t blocks = 1;
  std::uint32_t racks_per_block = 1;
  std::uint32_t nodes_per_rack = 1;

  std::uint64_t racks() const { return std::uint64_t{blocks} * racks_per_block; }
  // Without overflow: each is at most most_nodes.
  std::uint64_t nodes() const { return racks() > most_nodes ? racks() : racks() * nodes_per_rack; }
};

// Of a pool whose nodes have `hosts` names the nodes of a rack may be left out.
std::optional<Topology> read_topology(const Node& node, std::size_t hosts) {
  constexpr std::string_view wanted = "a mapping such as {blocks: 3, racks_per_block: 17, nodes_per_rack: 5}";
  return read_mapping<Topology>(node, wanted, [&](Fields& in, Topology& topology) {
    const auto count = integer_in<std::uint32_t>(1, most_domains);
    in.take("blocks", topology.blocks, count);
    in.take("racks_per_block", topology.racks_per_block, count);
    if (hosts == 0 || in.has("nodes_per_rack")) {
      in.need("nodes_per_rack", topology.nodes_per_rack, count);
    } else {
      topology.nodes_per_rack = static_cast<std::uint32_t>(std::max<std::uint64_t>(hosts / topology.racks(), 1));
    }
    if (topology.nodes() > most_nodes) {
      in.node().refuse(fmt::format("found more than {} nodes", most_nodes), "lower the counts");
    }
  });
}

std::optional<Topology> read_one_rack(const Node& node) {
  const auto nodes = integer_in<std::uint32_t>(1, most_domains)(node);
  if (!nodes) return std::nullopt;
  return Topology{.nodes_per_rack = *nodes};
}

std::optional<Topology> read_either(const Node& topology, const Node& nodes, std::size_t hosts) {
  if (!topology.is_missing() && !nodes.is_missing()) {
    nodes.refuse("found 'nodes' beside 'topology'", "keep one of them");
  }
  if (!topology.is_missing()) return read_topology(topology, hosts);
  if (!nodes.is_missing()) return read_one_rack(nodes);
  if (hosts > 0) return Topology{.nodes_per_rack = static_cast<std::uint32_t>(hosts)};
  nodes.want("the number of nodes, or a topology");
  return std::nullopt;
}

std::optional<std::vector<std::string>> read_hosts(const Node& node) {
  if (!node.is(Kind::scalar)) {
    node.want("names of nodes such as gpu[001-016],login1");
    return std::nullopt;
  }
  auto names = read_host_list(node.value().text, most_domains);
  if (!names) {
    node.refuse(names.error().found, names.error().remedy);
    return std::nullopt;
  }
  const auto odd = std::ranges::find_if_not(*names, is_name);
  if (odd == names->end()) return *std::move(names);
  node.refuse("found the name " + quote(*odd), "write names without spaces, '/' and control characters");
  return std::nullopt;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void read_layout(Fields& in, PoolSpec& pool) {
  const Node hosts = in.at("hosts");
  const Node nodes = in.at("nodes");
  const std::size_t mistakes_before = in.node().mistakes().count();
  std::size_t names = 0;
  if (!hosts.is_missing()) {
    pool.hosts = read_hosts(hosts).value_or(std::vector<std::string>{});
    names = std::max<std::size_t>(pool.hosts.size(), 1);  // counts are not missing beside names with a mistake
  }
  const Topology topology = read_either(in.at("topology"), nodes, names).value_or(Topology{});
  pool.blocks = topology.blocks;
  pool.racks_per_block = topology.racks_per_block;
  pool.nodes_per_rack = topology.nodes_per_rack;
  if (in.node().mistakes().count() > mistakes_before || names == 0 || names == pool.node_count()) return;
  hosts.refuse(fmt::format("found {} for {}", counted(names, "name"), counted(pool.node_count(), "node")),
               "write a name for each, or other counts");
}

// An owner's part as it is written: whole units, or ten-thousandths of a per cent.
struct Part {
  std::string tenant;
  std::int64_t value = 0;
  bool is_percentage = false;
};

constexpr std::int64_t hundred_percent = 1'000'000;

// JSON can write a percentage in quotes alone; a number in quotes is none.
std::optional<Part> read_part(const Node& node) {
  std::string_view text = node.is(Kind::scalar) ? std::string_view(node.value().text) : std::string_view();
  const bool is_percentage = text.ends_with('%');
  if (is_percentage) {
    text.remove_suffix(1);
  } else {
    text = plain_text(node).value_or("");
  }
  const auto value = parse_decimal(text, is_percentage ? 4 : 0);
  const std::int64_t most = is_percentage ? hundred_percent : largest_amount;
  if (value && *value > 0 && *value <= most) return Part{.value = *value, .is_percentage = is_percentage};
  node.want("a whole number above zero such as 508, or a percentage such as 24.9%");
  return std::nullopt;
}

std::vector<Part> read_parts(const Node& owners) {
  std::vector<Part> parts;
  for (const Entry& entry : owners.value().entries) {
    auto part = read_part(owners.at(entry));
    if (!part) continue;
    part->tenant = entry.key;
    parts.push_back(std::move(*part));
  }
  return parts;
}

// Shares percentages out in whole units by largest remainder; of equal remainders the first in the file
// gains.
std::vector<std::int64_t> share_out(const std::vector<Part>& parts, std::int64_t units) {
  std::vector<std::int64_t> shares;
  std::vector<std::size_t> by_remainder(parts.size());
  std::iota(by_remainder.begin(), by_remainder.end(), std::size_t{0});
  std::int64_t left = 0;
  for (const Part& part : parts) {
    shares.push_back(part.value * units / hundred_percent);
    left += part.value;
  }
  left = left * units / hundred_percent - std::reduce(shares.begin(), shares.end());
  const auto remainder = [&](std::size_t i) { return parts[i].value * units % hundred_percent; };
  std::sort(by_remainder.begin(), by_remainder.end(), [&](std::size_t a, std::size_t b) {
    return remainder(a) != remainder(b) ? remainder(a) > remainder(b) : a < b;
  });
  for (std::size_t i = 0; left > 0; ++i, --left) ++shares[by_remainder[i]];
  return shares;
}

// The units that shares of the pool count: its GPUs, or its CPUs without GPUs.
std::int64_t units(const PoolSpec& pool) {
  const std::int64_t per_node = pool.gpus_per_node > 0 ? std::int64_t{pool.gpus_per_node} : pool.cpu_milli / whole;
  return per_node * static_cast<std::int64_t>(pool.node_count());
}

std::vector<OwnerShare> shares_of(const Node& owners, const std::vector<Part>& parts, const PoolSpec& pool) {
  std::int64_t sum = 0;
  for (const Part& part : parts) sum += part.value;
  const bool in_percent = parts.front().is_percentage;
  const bool is_mixed =
      std::any_of(parts.begin(), parts.end(), [&](const Part& part) { return part.is_percentage != in_percent; });
  const char* noun = pool.gpus_per_node > 0 ? "GPUs" : "CPUs";
  if (is_mixed) {
    owners.refuse(fmt::format("found percentages beside {}", noun), "write all owners in the same way");
    return {};
  }
  if (in_percent && sum > hundred_percent) {
    owners.refuse(fmt::format("found owners of {}% together", amount_text(sum / 10)), "make them at most 100%");
    return {};
  }
  if (!in_percent && sum > units(pool)) {
    owners.refuse(fmt::format("found owners of {} {} together", sum, noun),
                  fmt::format("make them at most the pool's {}", units(pool)));
    return {};
  }
  const std::vector<std::int64_t> counts = in_percent ? share_out(parts, units(pool)) : std::vector<std::int64_t>{};
  std::vector<OwnerShare> shares;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    shares.push_back({.tenant = parts[i].tenant, .amount_milli = (in_percent ? counts[i] : parts[i].value) * whole});
  }
  return shares;
}

void check_owner_names(const Node& owners) {
  for (const Entry& entry : owners.value().entries) {
    if (is_name(entry.key)) continue;
    owners.refuse_key(entry, "found the owner " + quote(entry.key), "write the name of a root tenant");
  }
}

// Requires a pool whose counts have been read without a mistake.
void read_owners(const Node& owners, PoolSpec& pool) {
  if (!owners.is(Kind::mapping) || owners.value().entries.empty()) {
    owners.want("owners and their shares, such as {nipa: 1532, naver: 508}");
    return;
  }
  check_owner_names(owners);
  const std::vector<Part> parts = read_parts(owners);
  if (parts.size() == owners.value().entries.size()) pool.owners = shares_of(owners, parts, pool);
}

void read_pool_size(Fields& in, PoolSpec& pool) {
  Gpus gpus;
  NodeSize size;
  in.take("gpu", gpus, read_gpus);
  in.need("node", size, read_node_size);
  pool.gpu_model = gpus.model;
  pool.gpu_memory_mib = gpus.memory_mib;
  pool.gpus_per_node = gpus.per_node;
  pool.cpu_milli = size.cpus * whole;
  pool.memory_mib = size.memory_mib;
  read_layout(in, pool);
}

std::optional<PoolSpec> read_pool(const Node& node) {
  return read_mapping<PoolSpec>(node, "a pool such as {name: h200, gpu: ..., node: ..., nodes: 16}",
                                [](Fields& in, PoolSpec& pool) {
                                  in.need("name", pool.name, read_name);
                                  const std::size_t mistakes_before = in.node().mistakes().count();
                                  read_pool_size(in, pool);
                                  const bool size_is_known = in.node().mistakes().count() == mistakes_before;
                                  const Node owners = in.at("owners");
                                  if (!owners.is_missing() && size_is_known) read_owners(owners, pool);
                                  in.take("reclaim_within", pool.reclaim_within, read_duration);
                                  in.take("min_run_time", pool.min_run_time, read_duration);
                                  if (pool.min_run_time > pool.reclaim_within) {
                                    in.at("min_run_time")
                                        .refuse("found " + to_text(pool.min_run_time) + ", above its reclaim_within",
                                                "write at most " + to_text(pool.reclaim_within));
                                  }
                                  in.take("default_time_limit", pool.default_time_limit, read_positive_duration);
                                });
}

std::optional<SiteSpec> read_site(const Node& node) {
  return read_mapping<SiteSpec>(node, "a site such as {name: sejong, pools: ...}", [](Fields& in, SiteSpec& site) {
    in.need("name", site.name, read_name);
    in.take("engine", site.engine, read_engine);
    in.need("pools", site.pools, list_of(read_pool, "a list of pools"));
    refuse_duplicates(in.at("pools"), "name", "pool");
  });
}

void check_totals(const Node& sites, const FleetSpec& fleet) {
  std::uint64_t nodes = 0;
  std::size_t pools = 0;
  for (const SiteSpec& site : fleet.sites) {
    pools += site.pools.size();
    for (const PoolSpec& pool : site.pools) {
      const bool is_reported = pool.node_count() > most_nodes;
      if (!is_reported) nodes = std::min(most_nodes + 1, nodes + pool.node_count());
    }
  }
  if (nodes > most_nodes) {
    sites.refuse(fmt::format("found more than {} nodes together", most_nodes), "lower the counts");
  }
  if (pools > most_pools) {
    sites.refuse(fmt::format("found {} pools together", pools), fmt::format("keep them below {}", most_pools));
  }
}

bool has_hosts(const SiteSpec& site) {
  return std::ranges::any_of(site.pools, [](const PoolSpec& pool) { return !pool.hosts.empty(); });
}

// Requires sites that have been read without a mistake.
void refuse_namesakes(const Node& sites, const FleetSpec& spec) {
  const Fleet fleet(spec);
  const auto same = fleet.namesakes();
  if (!same) return;
  const Pool& first = fleet.pool(fleet.pool_of(same->first));
  const Pool& second = fleet.pool(fleet.pool_of(same->second));
  const std::vector<PoolSpec>& beside = spec.sites[second.site.index()].pools;
  const auto at = std::ranges::find(beside, second.spec.name, &PoolSpec::name);
  const Node site = sites.item(second.site.index());
  const Node pools = site.at("pools");
  const Node pool = pools.item(static_cast<std::size_t>(at - beside.begin()));
  const std::string where = first.path == second.path ? " twice" : ", which is a node of " + first.path + " too";
  pool.at("hosts").refuse(fmt::format("found {}{}", quote(fleet.node_name(same->second)), where),
                          "give each node a name of its own");
}

}  // namespace

std::optional<FleetSpec> read_fleet_node(const Node& node) {
  return read_mapping<FleetSpec>(node, "a fleet such as {fleet: example, sites: ...}",
                                 [](Fields& in, FleetSpec& fleet) {
                                   const std::size_t mistakes_before = in.node().mistakes().count();
                                   fleet.name = "fleet";
                                   in.take("fleet", fleet.name, read_name);
                                   if (in.need("sites", fleet.sites, list_of(read_site, "a list of sites")))
                                     check_totals(in.at("sites"), fleet);
                                   const Node sites = in.at("sites");
                                   refuse_duplicates(sites, "name", "site");
                                   const bool is_known = in.node().mistakes().count() == mistakes_before;
                                   if (is_known && std::ranges::any_of(fleet.sites, has_hosts)) {
                                     refuse_namesakes(sites, fleet);
                                   }
                                 });
}

Result<FleetSpec> read_fleet_text(std::string_view text, std::string name) {
  return read_text(text, std::move(name), read_fleet_node);
}

Result<FleetSpec> read_fleet(const std::filesystem::path& path) {
  return read_file(path).and_then([&](const std::string& text) { return read_fleet_text(text, path.string()); });
}

}  // namespace dure::spec
