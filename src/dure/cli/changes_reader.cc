#include "dure/cli/changes_reader.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dure/server/policy_reader.h"
#include "dure/spec/file.h"
#include "dure/spec/fleet_reader.h"
#include "dure/spec/known_tenants.h"
#include "dure/spec/reader.h"
#include "dure/spec/scalars.h"
#include "dure/spec/suggest.h"
#include "dure/spec/tenants_reader.h"

namespace dure::cli {
namespace {

namespace fs = std::filesystem;
using spec::Fields;
using spec::Kind;
using spec::Node;
using what_if::Changes;

constexpr double most_demand = 100;

class ChangesReader {
 public:
  ChangesReader(const fs::path& folder, const State& state, const DureOptions& policy)
      : folder_(folder), state_(state), policy_(policy) {}

  std::optional<Changes> read(const Node& node) const {
    constexpr std::string_view wanted =
        "a mapping such as {drain: [NODE]}, with drain, resume, fleet, tenants, policy "
        "or demand";
    if (node.is(Kind::mapping) && node.value().entries.empty()) {
      node.want(wanted);
      return std::nullopt;
    }
    return spec::read_mapping<Changes>(node, wanted, [&](Fields& in, Changes& changes) { read_all(in, changes); });
  }

 private:
  void read_all(Fields& in, Changes& changes) const {
    if (FleetSpec spec; in.take("fleet", spec, [&](const Node& at) { return read_fleet(at); })) {
      changes.fleet = std::move(spec);
    }
    // What the new fleet is cannot be known before its mistakes are mended.
    const bool is_known = in.node().mistakes().empty();
    const std::optional<Fleet> declared =
        is_known && changes.fleet ? std::optional(Fleet(*changes.fleet)) : std::nullopt;
    const Fleet* fleet = !is_known ? nullptr : declared ? &*declared : &state_.fleet();
    const auto tenants = [&](const Node& at) { return read_tenants(at, fleet); };
    if (TenantsSpec spec; in.take("tenants", spec, tenants)) changes.tenants = std::move(spec);
    take_nodes(in, "drain", fleet, changes, [](NodeId node) { return NodeDrained{.node = node, .reason = "what if"}; });
    take_nodes(in, "resume", fleet, changes, [](NodeId node) { return NodeResumed{node}; });
    DureOptions policy;
    if (in.take("policy", policy, [&](const Node& at) { return server::read_policy(at, policy_); })) {
      changes.policy = policy;
    }
    in.take("demand", changes.demand, [&](const Node& at) { return read_demand(at); });
  }

  // A file that is named, or what stands here.
  template <class Inline, class FromFile>
  auto read_part(const Node& node, const Inline& inline_, const FromFile& from_file) const -> decltype(inline_(node)) {
    if (!node.is(Kind::scalar)) return inline_(node);
    auto read = from_file(folder_ / node.value().text);
    if (read) return *std::move(read);
    node.refuse("found the file " + spec::quote(node.value().text), read.error().message, read.error().code);
    return std::nullopt;
  }

  std::optional<FleetSpec> read_fleet(const Node& node) const {
    return read_part(
        node, [](const Node& at) { return spec::read_fleet_node(at); },
        [](const fs::path& path) { return spec::read_fleet(path); });
  }

  std::optional<TenantsSpec> read_tenants(const Node& node, const Fleet* fleet) const {
    if (node.is(Kind::sequence)) return spec::read_tenants_list(node, fleet);
    return read_part(
        node, [&](const Node& at) { return spec::read_tenants_node(at, fleet); },
        [&](const fs::path& path) -> Result<TenantsSpec> {
          if (fleet == nullptr) return fail(Code::invalid_argument, "mend the fleet first");
          return spec::read_tenants(path, *fleet);
        });
  }

  template <class Make>
  static void take_nodes(Fields& in, std::string_view key, const Fleet* fleet, Changes& changes, const Make& make) {
    const auto read_one = [&](const Node& node) -> std::optional<NodeId> {
      const auto name = spec::read_name(node);
      if (!name || fleet == nullptr) return std::nullopt;
      const auto found = fleet->find_node(*name);
      if (!found) node.refuse("found the unknown node " + spec::quote(*name), "`dure fleet --nodes` lists them");
      return found;
    };
    std::vector<NodeId> nodes;
    in.take(key, nodes, spec::list_of(read_one, "a list of names of nodes"));
    for (const NodeId node : nodes) changes.nodes.emplace_back(make(node));
  }

  std::optional<std::vector<what_if::DemandFactor>> read_demand(const Node& node) const {
    if (!node.is(Kind::mapping) || node.value().entries.empty()) {
      node.want("tenants and how many times as much they ask for, such as {nipa/vision: 2}");
      return std::nullopt;
    }
    const spec::KnownTenants known(state_.tenants());
    std::vector<what_if::DemandFactor> demand;
    for (const spec::Entry& entry : node.value().entries) {
      const auto factor = spec::read_real(node.at(entry), 0, most_demand);
      if (!known.find(entry.key)) {
        node.refuse_key(entry, "found the unknown tenant " + spec::quote(entry.key),
                        spec::suggest(entry.key, known.paths()));
      } else if (factor) {
        demand.push_back({.tenant = entry.key, .factor = *factor});
      }
    }
    return demand;
  }

  const fs::path& folder_;
  const State& state_;
  const DureOptions& policy_;
};

}  // namespace

Result<Changes> read_changes(const fs::path& file, const State& state, const DureOptions& policy) {
  const auto text = spec::read_file(file);
  if (!text) return tl::unexpected<Error>(text.error());
  const fs::path folder = file.parent_path();
  const ChangesReader reader(folder, state, policy);
  return spec::read_text(*text, file.string(), [&](const Node& node) { return reader.read(node); });
}

}  // namespace dure::cli
