// Reads what a job needs: what one task asks of a node, how many tasks, how close together.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dure/base/ids.h"
#include "dure/fleet/demand.h"
#include "dure/fleet/fleet.h"
#include "dure/fleet/placing.h"
#include "dure/spec/known_tenants.h"
#include "dure/spec/reader.h"
#include "dure/work/job_spec.h"

namespace dure::spec {

constexpr std::uint32_t most_tasks_per_job = 10'000'000;
constexpr std::int32_t highest_priority = 1'000'000;

// `{gpus: 8, cpus: 96, memory: 900Gi}`, at least one above zero.
std::optional<Demand> read_demand(const Node& node);
// node, rack, block or site.
std::optional<Level> read_level(const Node& node);
// How the tasks of a job may lie: `segments: {of: 18, within: rack}`, or `spread: {most: 1, over: node}`, below
// `within`.
void read_rule(Fields& in, Level within, Segments& segments, Spread& spread);
// Reports at `node`, and returns false, if the tasks are no whole number of groups.
bool check_divides(const Node& node, std::uint32_t tasks, const Segments& segments);
// How long a job is given to write a checkpoint, at most `longest_grace`.
std::optional<Duration> read_grace(const Node& node);
// `{every: 30m, grace: 120s}`.
std::optional<Checkpoint> read_checkpoint(const Node& node);
std::optional<std::int32_t> read_priority(const Node& node);

// The tenant with that path. It must be one that jobs can belong to, without tenants below it.
std::optional<TenantId> read_tenant(const Node& node, const KnownTenants& tenants);
// The tenant that a key names, which may have tenants below it.
std::optional<TenantId> find_tenant_key(const Node& node, const Entry& entry, const KnownTenants& tenants);

// What a gang may be placed on: some pools of a fleet (all, if `pools` is empty), within one domain of a
// level.
struct Room {
  const Fleet& fleet;
  std::span<const PoolId> pools;  // ascending
  Level within = Level::site;
};

// Report at `node`, and return false, if no node of these pools holds one task of `demand` when it is empty,
// or no domain of them so many tasks.
bool check_task_fits(const Node& node, const Demand& demand, const Room& room);
bool check_gang_fits(const Node& node, std::uint32_t tasks, const Placing& placing, const Room& room);

}  // namespace dure::spec
