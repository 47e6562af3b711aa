// A fleet as it is declared: sites and pools with counts. What a FleetDeclared fact carries and a fleet file says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/time.h"

namespace dure {

enum class EngineKind : std::uint8_t { simulated, local, slurm };
constexpr EngineKind last_of(EngineKind) { return EngineKind::slurm; }

// The part of a pool that belongs to the root tenant of that name, in thousandths of a GPU (of a CPU in a pool
// without GPUs).
struct OwnerShare {
  std::string tenant;
  std::int64_t amount_milli = 0;

  bool operator==(const OwnerShare&) const = default;
};

// Nodes of one kind at one site.
struct PoolSpec {
  std::string name;                 // unique within its site
  std::string gpu_model;            // empty: a pool without GPUs
  std::int64_t gpu_memory_mib = 0;  // of one GPU; 0: not stated
  std::uint32_t gpus_per_node = 0;  // 0..64
  std::int64_t cpu_milli = 0;       // of one node
  std::int64_t memory_mib = 0;      // of one node; 0: memory is not counted in this pool
  std::uint32_t blocks = 1;         // each >= 1
  std::uint32_t racks_per_block = 1;
  std::uint32_t nodes_per_rack = 1;
  std::vector<std::string> hosts;  // the names of its nodes, unique in the fleet; empty: they are generated
  std::vector<OwnerShare> owners;
  Duration reclaim_within = minutes(10);  // from a claim to what is lent until its owner has it back
  Duration min_run_time;                  // what runs here is not evicted before; at most reclaim_within
  Duration default_time_limit = hours(24);

  bool operator==(const PoolSpec&) const = default;

  std::uint64_t node_count() const { return std::uint64_t{blocks} * racks_per_block * nodes_per_rack; }
};

struct SiteSpec {
  std::string name;
  EngineKind engine = EngineKind::simulated;
  std::vector<PoolSpec> pools;

  bool operator==(const SiteSpec&) const = default;
};

struct FleetSpec {
  std::string name;
  std::vector<SiteSpec> sites;

  bool operator==(const FleetSpec&) const = default;
};

// Bounds that keep ids in 32 bits, device masks in 64 and a mistyped count from exhausting memory.
constexpr std::uint64_t most_nodes = 4'000'000;
constexpr std::uint32_t most_gpus_per_node = 64;

template <class Archive>
void fields(Archive& archive, Like<OwnerShare> auto& share) {
  archive(share.tenant);
  archive(share.amount_milli);
}

template <class Archive>
void fields(Archive& archive, Like<PoolSpec> auto& pool) {
  archive(pool.name);
  archive(pool.gpu_model);
  archive(pool.gpu_memory_mib);
  archive(pool.gpus_per_node);
  archive(pool.cpu_milli);
  archive(pool.memory_mib);
  archive(pool.blocks);
  archive(pool.racks_per_block);
  archive(pool.nodes_per_rack);
  archive(pool.owners);
  archive(pool.reclaim_within);
  archive(pool.default_time_limit);
  if (archive.layout >= Layout::placing) archive(pool.min_run_time);
  if (archive.layout >= Layout::hosts) archive(pool.hosts);
}

template <class Archive>
void fields(Archive& archive, Like<SiteSpec> auto& site) {
  archive(site.name);
  archive(site.engine);
  archive(site.pools);
}

template <class Archive>
void fields(Archive& archive, Like<FleetSpec> auto& fleet) {
  archive(fleet.name);
  archive(fleet.sites);
}

}  // namespace dure
