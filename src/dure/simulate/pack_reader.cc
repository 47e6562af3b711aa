#include "dure/simulate/pack_reader.h"

#include <limits>
#include <string>
#include <utility>

#include "dure/simulate/data_path.h"
#include "dure/spec/scalars.h"

namespace dure::simulate {

namespace fs = std::filesystem;
using spec::Fields;
using spec::Node;
using spec::one_of;
using spec::read_mapping;

namespace {

std::optional<std::string> read_packing_policy(const Node& node) {
  static const auto read = one_of<std::string>({{"bestfit", "bestfit"},
                                                {"dotprod", "dotprod"},
                                                {"packing", "packing"},
                                                {"clustering", "clustering"},
                                                {"fgd", "fgd"},
                                                {"dure", "dure"}});
  return read(node);
}

}  // namespace

std::optional<NodeList> read_openb_fleet(const Node& node, const fs::path& base, std::uint32_t copies) {
  std::string path;
  const auto read = read_mapping<bool>(node, "a mapping such as {nodes: nodes.csv}", [&](Fields& in, bool&) {
    in.need("nodes", path, [&](const Node& at) { return read_file_path(at, base); });
  });
  if (!read || path.empty()) return std::nullopt;
  auto list = read_node_list(path, copies);
  if (list) return std::move(*list);
  node.refuse("found a list of nodes that cannot be read", list.error().message);
  return std::nullopt;
}

std::optional<PackSpec> read_pack_trace_spec(const Node& node, const fs::path& base) {
  const auto read_path = [&](const Node& at) { return read_file_path(at, base); };
  const auto read_seed = spec::integer_in<std::uint64_t>(0, std::numeric_limits<std::int64_t>::max());
  return read_mapping<PackSpec>(node, "a mapping such as {format: openb, path: pods.csv.xz, order: orders.txt.xz}",
                                [&](Fields& in, PackSpec& pack) {
                                  bool is_openb = false;
                                  in.need("format", is_openb, one_of<bool>({{"openb", true}}));
                                  in.need("path", pack.pods, read_path);
                                  in.need("order", pack.order, read_path);
                                  std::uint64_t seed = 0;
                                  if (in.take("order_seed", seed, read_seed)) pack.order_seed = seed;
                                });
}

std::optional<PolicySpec> read_pack_policy(const Node& node) {
  if (node.is(spec::Kind::scalar)) {
    auto name = read_packing_policy(node);
    if (!name) return std::nullopt;
    return PolicySpec{.name = std::move(*name)};
  }
  static const auto read_demand = one_of<KnownPods>({{"given", KnownPods::given}, {"seen", KnownPods::seen}});
  auto policy = read_mapping<PolicySpec>(
      node, "dure, bestfit, dotprod, packing, clustering, fgd, or a mapping such as {name: dure, demand: seen}",
      [&](Fields& in, PolicySpec& spec) {
        in.need("name", spec.name, read_packing_policy);
        in.take("demand", spec.demand, read_demand);
      });
  if (const Node demand = node.at("demand"); policy && !demand.is_missing() && policy->name != "dure") {
    demand.refuse("found 'demand' for the policy " + policy->name, "leave it out, or use the policy dure");
  }
  return policy;
}

}  // namespace dure::simulate
