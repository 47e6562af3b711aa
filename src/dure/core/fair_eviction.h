// Evictions that served no guarantee and no priority, but that one tenant had had far less than its part: what there
// were lately bounds how many there may be.
#pragma once

#include <optional>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"

namespace dure {

struct FairEviction {
  Time time;
  PoolId pool;
  std::optional<TenantId> loser;  // a leaf, as `gainer`; nullopt: it is there no longer
  std::optional<TenantId> gainer;
};

template <class Archive>
void fields(Archive& archive, Like<FairEviction> auto& eviction) {
  archive(eviction.time);
  archive(eviction.pool);
  archive(eviction.loser);
  archive(eviction.gainer);
}

// For so long each of them counts: an eviction at `t` no longer does at `t` and this.
constexpr Duration fair_eviction_counts_for = hours(1);

}  // namespace dure
