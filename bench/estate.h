// A fleet of a nation's size, or a part of it, with Dure's policy on it: turns without a world around them.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dure/base/assert.h"
#include "dure/policy/dure_policy.h"
#include "dure/runtime/loop.h"
#include "thread_time.h"

namespace dure::bench {

// Equal sites of one pool of nodes of eight GPUs: blocks of 65 racks of ten nodes, or one smaller block where a site
// has fewer than 650 nodes. What grows from 650 nodes to 32,500 is then the fleet alone, and not the number of its
// pools.
inline FleetSpec fleet_of(std::uint32_t nodes, std::uint32_t sites) {
  constexpr std::uint32_t rack = 10;
  const std::uint32_t of_site = nodes / sites;
  const std::uint32_t blocks = std::max(of_site / (65 * rack), 1u);
  FleetSpec fleet{.name = "bench"};
  for (std::uint32_t site = 0; site < sites; ++site) {
    const PoolSpec pool{.name = "gpu",
                        .gpu_model = "B200",
                        .gpus_per_node = 8,
                        .cpu_milli = 192 * whole,
                        .memory_mib = 2'097'152,
                        .blocks = blocks,
                        .racks_per_block = of_site / blocks / rack,
                        .nodes_per_rack = rack};
    fleet.sites.push_back({.name = "s" + std::to_string(site), .pools = {pool}});
  }
  DURE_ASSERT(Fleet(fleet).node_count() == nodes);
  return fleet;
}

// `roots` tenants with `leaves` below each, whose limits are together `part` of every pool; none if that is all of it.
inline TenantsSpec tenants_of(const FleetSpec& fleet, std::uint32_t roots, std::uint32_t leaves, double part) {
  TenantsSpec tenants;
  const std::int64_t count = std::int64_t{roots} * leaves;
  for (std::int64_t i = 0; i < count; ++i) {
    TenantSpec leaf{.name = "t" + std::to_string(i % leaves)};
    for (const SiteSpec& site : fleet.sites) {
      const PoolSpec& pool = site.pools.front();
      const auto gpus = static_cast<std::int64_t>(part * static_cast<double>(pool.node_count() * pool.gpus_per_node));
      const std::int64_t own = gpus * (i + 1) / count - gpus * i / count;
      if (part < 1) leaf.quotas.push_back({.pool = site.name + "/" + pool.name, .limit_milli = own * whole});
    }
    if (i % leaves == 0) tenants.roots.push_back({.name = "r" + std::to_string(i / leaves)});
    tenants.roots.back().children.push_back(std::move(leaf));
  }
  return tenants;
}

// Hands out what was put in.
class Changes final : public Inbox {
 public:
  std::vector<Change> next;
  void drain(Time, std::vector<Change>& out) override { std::swap(out, next); }
  void refused(std::size_t, const Change&, const Error&) override { DURE_ASSERT(false); }
};

// Keeps the facts of one turn: the cost of a journal in memory, without its growth.
class LastTurn final : public Journal {
 public:
  void append(const Fact& fact) override { facts_.push_back(fact); }
  void commit() override { facts_.clear(); }

 private:
  std::vector<Fact> facts_;
};

// An engine that notes what was ordered and starts nothing.
class Orders final : public Engine {
 public:
  std::vector<JobId> starts;
  void execute(const State&, std::span<const Decision> decisions) override {
    for (const Decision& decision : decisions) {
      if (const auto* start = std::get_if<StartOrdered>(&decision)) starts.push_back(start->job);
    }
  }
};

class Estate {
 public:
  // `journal`, if there is one, must outlive this estate.
  Estate(const FleetSpec& fleet, const TenantsSpec& tenants, DureOptions options = {}, Journal* journal = nullptr)
      : policy(options), loop(state, policy, changes, journal != nullptr ? *journal : last_turn_, orders) {
    changes.next = {FleetDeclared{fleet}, TenantsDeclared{tenants}, UserDeclared{UserId{0}, "bench"}};
    turn();
  }

  JobSubmitted submission(TenantId tenant, const Shape& shape, Duration time_limit) {
    return {JobId{next_job_++}, {.tenant = tenant, .user = UserId{0}, .shape = shape, .time_limit = time_limit}};
  }
  // Submits without planning.
  void submit(TenantId tenant, const Shape& shape, Duration time_limit) {
    const Fact fact{now_, submission(tenant, shape, time_limit)};
    state.apply(fact);
    policy.observe(state, fact);
  }
  // Turns until nothing is left to decide at that instant.
  void turn() {
    now_ = now_ + seconds(1);
    while (loop.turn(now_) == now_) {
    }
  }
  // Returns how long that took, in seconds of this thread.
  double timed_turn() {
    const double begin = thread_seconds();
    turn();
    return thread_seconds() - begin;
  }
  std::vector<TenantId> leaves() const {
    std::vector<TenantId> ids;
    for (std::size_t t = 0; t < state.tenants().size(); ++t) {
      if (state.tenants()[id_of<TenantTag>(t)].children.empty()) ids.push_back(id_of<TenantTag>(t));
    }
    return ids;
  }

  State state;
  DurePolicy policy;
  Changes changes;
  Orders orders;

 private:
  LastTurn last_turn_;

 public:
  Loop loop;

 private:
  Time now_;
  std::uint32_t next_job_ = 1;
};

}  // namespace dure::bench
