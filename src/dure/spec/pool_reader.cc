#include "dure/spec/pool_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "dure/spec/scalars.h"
#include "dure/spec/suggest.h"

namespace dure::spec {
namespace {

std::string suggest_pool(const Mistakes& mistakes, std::string_view path, const Fleet& fleet) {
  if (mistakes.are_only_counted()) return "";
  std::vector<std::string_view> paths;
  for (const Pool& pool : fleet.pools()) paths.push_back(pool.path);
  return suggest(path, paths);
}

}  // namespace

std::string_view unit(const Pool& pool) { return pool.has_gpus() ? "GPU" : "CPU"; }

std::optional<PoolId> find_pool_key(const Node& node, const Entry& entry, const Fleet* fleet) {
  if (fleet == nullptr) return std::nullopt;
  const auto pool = fleet->find_pool(entry.key);
  if (!pool) {
    node.refuse_key(entry, fmt::format("found the unknown pool {}", quote(entry.key)),
                    suggest_pool(node.mistakes(), entry.key, *fleet));
  }
  return pool;
}

std::optional<std::vector<PoolId>> read_pools(const Node& node, const Fleet* fleet) {
  const auto read_pool = [&](const Node& item) -> std::optional<PoolId> {
    const auto path = read_path(item);
    if (!path || fleet == nullptr) return std::nullopt;
    const auto pool = fleet->find_pool(*path);
    if (!pool) item.refuse("found the unknown pool " + quote(*path), suggest_pool(item.mistakes(), *path, *fleet));
    return pool;
  };
  auto pools = list_of(read_pool, "a list of pools such as [sejong/h200]")(node);
  if (!pools) return std::nullopt;
  std::sort(pools->begin(), pools->end());
  if (std::adjacent_find(pools->begin(), pools->end()) != pools->end()) {
    node.refuse("found a pool twice", "name each pool once");
  }
  pools->erase(std::unique(pools->begin(), pools->end()), pools->end());
  return pools;
}

}  // namespace dure::spec
