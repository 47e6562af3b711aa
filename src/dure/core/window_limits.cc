#include "dure/core/window_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

namespace dure {
namespace {

// What the window takes of the pool, in the pool's unit.
std::int64_t taken_milli(const Window& window, const Pool& pool) {
  return pool.node_amount() *
         std::count_if(window.nodes.begin(), window.nodes.end(), [&](NodeId node) { return pool.contains(node); });
}

std::int64_t least_limit(const Tenants& tenants, TenantId tenant, PoolId pool) {
  std::int64_t least = no_limit;
  for (std::optional<TenantId> at = tenant; at; at = tenants[*at].parent) {
    least = std::min(least, tenants.quota(*at, pool).limit_milli);
  }
  return least;
}

// Limits that were lower before are no reason to refuse others.
Result<void> check_limits(const State& state, const Tenants& next, const Window& window, TenantId then) {
  for (std::size_t p = 0; p < state.fleet().pools().size(); ++p) {
    const PoolId id = id_of<PoolTag>(p);
    const Pool& pool = state.fleet().pool(id);
    const std::int64_t taken = taken_milli(window, pool);
    const std::int64_t limit = least_limit(next, then, id);
    if (taken <= limit || limit >= least_limit(state.tenants(), *window.tenant, id)) continue;
    return fail(
        Code::invalid_argument,
        fmt::format("window {} is reserved for tenant {} and takes {} {} of pool {}: its limit must leave it so "
                    "many, and leaves {}, until that is over or withdrawn",
                    window.name, next[then].path, taken / whole, pool.has_gpus() ? "GPUs" : "CPUs", pool.path,
                    limit / whole));
  }
  return {};
}

}  // namespace

Result<void> check_windows_of(const State& state, const Tenants& next) {
  for (const auto& [id, window] : state.windows()) {
    if (!window.tenant) continue;
    const std::string& path = state.tenants()[*window.tenant].path;
    const auto then = next.find(path);
    if (!then) {
      return fail(
          Code::invalid_argument,
          fmt::format("window {} is reserved for tenant {}: it must stay until that is over", window.name, path));
    }
    if (auto checked = check_limits(state, next, window, *then); !checked) return checked;
  }
  return {};
}

}  // namespace dure
