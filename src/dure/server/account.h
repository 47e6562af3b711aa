// What the facts add up to beyond the state: who has used how much, why nodes were drained, which devices engines
// chose. Part of each snapshot, as replaying from one does not pass the facts before it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/core/harm.h"
#include "dure/core/state.h"

namespace dure::server {

// Of one tenant, those below it included, in one pool.
struct Consumption {
  std::uint64_t ended = 0;  // jobs; of those that never ran, in the row of the first pool
  Wide used = 0;            // integral over time of what runs held that have ended: milli x ns
  EvictionHarm by_eviction;
  Harm by_node_loss;
};

template <class Archive>
void fields(Archive& archive, Like<Consumption> auto& row) {
  archive(row.ended);
  wide_field(archive, row.used);
  archive(row.by_eviction);
  archive(row.by_node_loss);
}

class Account {
 public:
  // `state` has just applied `fact`. O(depth of the tenant); O(tenants x pools) when either is declared.
  void hear(const State& state, const Fact& fact);

  const Consumption& of(TenantId tenant, PoolId pool) const {
    return rows_[tenant.index() * pools_.size() + pool.index()];
  }
  // Empty unless the node is drained and somebody said why.
  std::string why_drained(const Fleet& fleet, NodeId node) const;
  // What was said of the last of its devices that failed; empty if none has.
  std::string why_sick(const Fleet& fleet, NodeId node) const;

  // By place in the job's allocation, those that its engine chose in place of those ordered; of the job that has just
  // departed too. Empty: those ordered.
  std::vector<std::uint64_t> devices_of(JobId job) const;
  // Why the last start of a job failed, that has not run since; empty if none did, or nobody said.
  std::string why_not_started(JobId job) const;

  std::vector<std::byte> to_bytes() const;
  // Makes it what was written; false, and unchanged, if these bytes are no such thing or of another estate than
  // `state`.
  bool restore(std::span<const std::byte> bytes, const State& state);

 private:
  // A node by what stays the same when the fleet is declared anew: its pool's path and its place there.
  struct Place {
    std::string pool;
    std::uint32_t node = 0;
    auto operator<=>(const Place&) const = default;

    template <class Archive>
    friend void fields(Archive& archive, Like<Place> auto& place) {
      archive(place.pool);
      archive(place.node);
    }
  };
  static Place place_of(const Fleet& fleet, NodeId node);
  void hear_engine(const Fact& fact);
  void carry_over(const State& state);
  void end(const State& state, Time now, const Ended* ended);
  void add(const State& state, TenantId tenant, PoolId pool, const Consumption& more);

  std::vector<std::string> pools_;    // paths, by PoolId
  std::vector<std::string> tenants_;  // paths, by TenantId
  std::vector<Consumption> rows_;     // by TenantId, PoolId
  std::map<Place, std::string> drained_;
  std::map<Place, std::string> sick_;
  std::map<JobId, std::vector<std::uint64_t>> chosen_;
  std::map<JobId, std::string> not_started_;
  std::optional<JobId> gone_;  // of those, the one that the last fact took them from
};

}  // namespace dure::server
