// Any bytes as a scenario, a fleet, a tenant tree and a job: they are read, or there is a message; never a
// crash, a hang, or a specification that the rest of Dure cannot stand on.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/assert.h"
#include "dure/simulate/scenario_reader.h"
#include "dure/spec/fleet_reader.h"
#include "dure/spec/job_reader.h"
#include "dure/spec/tenants_reader.h"

namespace {

using namespace dure;

constexpr std::string_view small_fleet = R"(
sites:
- name: sejong
  pools:
  - {name: h200, gpu: {model: H200, per_node: 8}, node: {cpus: 192, memory: 2048Gi}, nodes: 80, owners: {nipa: 50%}}
  - {name: cpu, node: {cpus: 64}, nodes: 4}
)";
constexpr std::string_view small_tree = "tenants: [{name: naver}, {name: nipa, children: [{name: fm}, {name: arm}]}]";

const Fleet& fleet() {
  static const Fleet made(spec::read_fleet_text(small_fleet, "fleet").value());
  return made;
}

const Tenants& tenants() {
  static const Tenants made =
      spec::make_tenants(spec::read_tenants_text(small_tree, "tenants", fleet()).value(), fleet());
  return made;
}

// What is refused has a message.
template <class T>
bool accepted(const Result<T>& result) {
  DURE_ASSERT(result || !result.error().message.empty());
  return result.has_value();
}

constexpr std::uint64_t most_nodes_to_make = 100'000;

void check_fleet(const FleetSpec& spec) {
  std::uint64_t nodes = 0;
  for (const SiteSpec& site : spec.sites) {
    for (const PoolSpec& pool : site.pools) {
      DURE_ASSERT(pool.node_count() >= 1 && pool.node_count() <= most_nodes);
      nodes += pool.node_count();
    }
  }
  DURE_ASSERT(nodes <= most_nodes);
  if (nodes <= most_nodes_to_make) DURE_ASSERT(Fleet(spec).node_count() == nodes);
}

void read_scenario(std::string_view text) {
  // What follows a NUL is an override. Relative paths lead nowhere.
  const std::size_t end = text.find('\0');
  std::vector<std::string> overrides;
  if (end != std::string_view::npos) overrides.emplace_back(text.substr(end + 1));
  const auto scenario = simulate::read_scenario_text(text.substr(0, end), "fuzz", "/nowhere", overrides);
  if (accepted(scenario)) check_fleet(scenario->fleet);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_scenario(text);
  const auto read = spec::read_fleet_text(text, "fuzz");
  if (accepted(read)) check_fleet(*read);
  const auto tree = spec::read_tenants_text(text, "fuzz", fleet());
  if (accepted(tree)) spec::make_tenants(*tree, fleet());
  accepted(spec::read_job_text(text, "fuzz", fleet(), tenants()));
  return 0;
}
