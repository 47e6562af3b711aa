#include "dure/simulate/scenario_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "dure/fleet/fleet.h"
#include "dure/simulate/data_path.h"
#include "dure/simulate/demand_reader.h"
#include "dure/simulate/pack_reader.h"
#include "dure/simulate/tenants_then.h"
#include "dure/spec/file.h"
#include "dure/spec/fleet_reader.h"
#include "dure/spec/override.h"
#include "dure/spec/pool_reader.h"
#include "dure/spec/scalars.h"
#include "dure/spec/suggest.h"
#include "dure/spec/tenants_reader.h"
#include "dure/spec/window_reader.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;
using spec::Fields;
using spec::integer_in;
using spec::Kind;
using spec::Mistakes;
using spec::Node;
using spec::one_of;
using spec::read_mapping;

// What the file says that a path stands for.
std::optional<spec::Value> parse_elsewhere(const Node& node, const fs::path& base) {
  const auto line = spec::read_line(node);
  if (!line) return std::nullopt;
  const auto path = resolve_path(*line, base);
  const auto text = path.and_then([](const fs::path& file) { return spec::read_file(file); });
  if (!text) {
    node.refuse("found " + spec::quote(*line), text.error().message, text.error().code);
    return std::nullopt;
  }
  return spec::parse(*text, node.mistakes().add_file(path->string()), node.mistakes());
}

// Reads a value that a path stands for: `read` gets the root of that file.
template <class Read>
auto read_elsewhere(const Node& node, const fs::path& base, const Read& read)
    -> std::invoke_result_t<Read, const Node&> {
  const auto root = parse_elsewhere(node, base);
  return root ? read(Node(*root, node.mistakes())) : std::nullopt;
}

std::optional<FleetSpec> read_flat_fleet(const Node& node) {
  constexpr std::int64_t most_slots = 10'000'000;
  std::int64_t slots = 0;
  const auto read_flat = [&](const Node& flat) {
    return read_mapping<bool>(flat, "a mapping such as {slots: 100}", [&](Fields& in, bool&) {
      in.need("slots", slots, integer_in<std::int64_t>(1, most_slots));
    });
  };
  return read_mapping<FleetSpec>(node, "a mapping", [&](Fields& in, FleetSpec& fleet) {
    bool is_read = false;
    in.need("flat", is_read, read_flat);
    fleet = {.name = "flat", .sites = {{.name = "flat", .pools = {{.name = "cpu", .cpu_milli = slots * whole}}}}};
  });
}

// Also where a lone key is a misspelt `flat`.
bool is_flat(const Node& node) {
  if (!node.at("flat").is_missing()) return true;
  static constexpr std::array<std::string_view, 3> keys{"flat", "fleet", "sites"};
  return node.is(Kind::mapping) && node.value().entries.size() == 1 &&
         spec::nearest(node.value().entries.front().key, keys) == "flat";
}

// Whether nothing but that key says what the fleet is.
bool is_openb(const Node& node) { return !node.at("openb").is_missing(); }

std::optional<NodeList> read_node_list_fleet(const Node& node, const fs::path& base, std::uint32_t copies) {
  return read_mapping<NodeList>(node, "a mapping", [&](Fields& in, NodeList& list) {
    in.need("openb", list, [&](const Node& at) { return read_openb_fleet(at, base, copies); });
  });
}

std::optional<FleetSpec> read_fleet(const Node& node, const fs::path& base) {
  if (is_flat(node)) return read_flat_fleet(node);
  if (node.is(Kind::scalar)) return read_elsewhere(node, base, spec::read_fleet_node);
  if (node.is(Kind::mapping)) return spec::read_fleet_node(node);
  node.want("the path of a fleet file, {flat: {slots: 100}}, {openb: {nodes: nodes.csv}}, or {sites: ...}");
  return std::nullopt;
}

// As in Scenario: nothing stands for the tenants of the trace.
using TenantsSource = std::optional<TenantsSpec>;

std::optional<TenantsSource> read_tenants_from(const Node& node) {
  return read_mapping<TenantsSource>(node, "a mapping", [](Fields& in, TenantsSource&) {
    bool is_trace = false;
    in.need("from", is_trace, one_of<bool>({{"trace", true}}));
  });
}

// The list that `tenants:` stands for, as {tenants: [...]}, from which ever file it comes.
std::optional<spec::Value> tenants_value(const Node& node, const fs::path& base) {
  if (node.is(Kind::scalar)) return parse_elsewhere(node, base);
  if (node.is(Kind::sequence)) return as_tenants_file(node.value());
  node.want("the path of a tenants file, {from: trace}, or a list of tenants");
  return std::nullopt;
}

std::optional<TraceFormat> read_format(const Node& node) {
  static const auto read = one_of<TraceFormat>({{"swf", TraceFormat::swf},
                                                {"itp", TraceFormat::itp},
                                                {"philly", TraceFormat::philly},
                                                {"sacct", TraceFormat::sacct},
                                                {"csv", TraceFormat::csv}});
  return read(node);
}

std::optional<OnError> read_on_error(const Node& node) {
  static const auto read = one_of<OnError>({{"stop", OnError::stop}, {"skip", OnError::skip}});
  return read(node);
}

using Columns = std::map<std::string, std::string>;

std::optional<Columns> read_columns(const Node& node) {
  static constexpr std::array<std::string_view, 12> fields{"id",     "submit", "run_time",  "time_limit",
                                                           "gpus",   "cpus",   "memory",    "user",
                                                           "tenant", "name",   "gpu_model", "partition"};
  static constexpr std::array<std::string_view, 2> needed{"submit", "run_time"};
  return read_mapping<Columns>(
      node, "our fields and the file's columns, such as {submit: submit_time}", [](Fields& in, Columns& columns) {
        for (const std::string_view field : fields) {
          std::string column;
          const bool is_needed = std::find(needed.begin(), needed.end(), field) != needed.end();
          const bool is_read =
              is_needed ? in.need(field, column, spec::read_line) : in.take(field, column, spec::read_line);
          if (is_read) columns.emplace(field, std::move(column));
        }
      });
}

void read_trace_columns(Fields& in, TraceSpec& trace) {
  const Node columns = in.at("columns");
  if (trace.format == TraceFormat::csv) {
    in.need("columns", trace.columns, read_columns);
  } else if (!columns.is_missing() && in.node().at("format").is(Kind::scalar)) {
    columns.refuse("found columns for a format that has its own", "leave them out, or write format: csv");
  }
}

using Partitions = std::map<std::string, std::vector<PoolId>>;

std::optional<Partitions> read_partitions(const Node& node, const Fleet* fleet) {
  if (!node.is(Kind::mapping)) {
    node.want("partitions of the trace and pools, such as {gpu: [hall/h100]}");
    return std::nullopt;
  }
  Partitions partitions;
  for (const spec::Entry& entry : node.value().entries) {
    auto pools = spec::read_pools(node.at(entry), fleet);
    if (pools) partitions.emplace(entry.key, *std::move(pools));
  }
  return partitions;
}

std::optional<TraceSpec> read_trace_spec(const Node& node, const fs::path& base, const Fleet* fleet) {
  constexpr double largest_scale = 10'000;
  constexpr double smallest_scale = 0.0001;
  constexpr std::uint64_t most_rows = 1'000'000'000'000;
  return read_mapping<TraceSpec>(
      node, "a mapping such as {format: swf, path: log.swf.gz}", [&](Fields& in, TraceSpec& trace) {
        in.need("format", trace.format, read_format);
        in.need("path", trace.path, [&](const Node& at) { return read_file_path(at, base); });
        in.take("limit", trace.limit, integer_in<std::uint64_t>(0, most_rows));
        in.take("scale_arrivals", trace.scale_arrivals, spec::real_in(smallest_scale, largest_scale));
        in.take("time_limit", trace.time_limit, spec::read_positive_duration);
        in.take("on_error", trace.on_error, read_on_error);
        read_trace_columns(in, trace);
        in.take("partitions", trace.partitions, [&](const Node& at) { return read_partitions(at, fleet); });
      });
}

std::optional<std::string> read_policy_name(const Node& node) {
  static const auto read =
      one_of<std::string>({{"dure", "dure"}, {"fcfs", "fcfs"}, {"easy", "easy"}, {"easy-sjbf", "easy-sjbf"}});
  return read(node);
}

std::optional<Estimates> read_estimates(const Node& node) {
  static const auto read = one_of<Estimates>(
      {{"requested", Estimates::requested}, {"exact", Estimates::exact}, {"last-2", Estimates::last_2}});
  return read(node);
}

std::optional<LeafOrder> read_order(const Node& node) {
  static const auto read = one_of<LeafOrder>({{"oldest", LeafOrder::oldest}, {"shortest", LeafOrder::shortest}});
  return read(node);
}

std::optional<PolicySpec> read_policy(const Node& node) {
  constexpr std::uint32_t most_reservations = 10'000;
  constexpr std::uint32_t most_fair_evictions = 10'000;
  if (node.is(Kind::scalar)) {
    auto name = read_policy_name(node);
    if (!name) return std::nullopt;
    return PolicySpec{.name = std::move(*name)};
  }
  return read_mapping<PolicySpec>(
      node, "dure, fcfs, easy, easy-sjbf, or a mapping such as {name: easy}", [](Fields& in, PolicySpec& policy) {
        in.take("name", policy.name, read_policy_name);
        in.take("estimates", policy.estimates, read_estimates);
        in.take("reservations", policy.reservations, integer_in<std::uint32_t>(0, most_reservations));
        in.take("reclaim", policy.reclaims, spec::read_boolean);
        in.take("defragment", policy.defragments, spec::read_boolean);
        in.take("fair_evictions_per_hour", policy.fair_evictions, integer_in<std::uint32_t>(0, most_fair_evictions));
        in.take("order", policy.order, read_order);
        in.take("half_life", policy.half_life, spec::read_positive_duration);
        in.take("fairness", policy.fairness, spec::read_fairness);
      });
}

// The reference policies know one node of plain processors.
void check_policy(const Node& node, const PolicySpec& policy, const Fleet& fleet) {
  const auto is_plain = [](const Pool& pool) { return !pool.has_gpus() && pool.spec.memory_mib == 0; };
  if (policy.name == "dure" || (fleet.node_count() == 1 && is_plain(fleet.pools().front()))) return;
  const Node name = node.at("name");
  (name.is_missing() ? node : name)
      .refuse(fmt::format("found the reference policy {} with a fleet of {} nodes", policy.name, fleet.node_count()),
              "use a flat fleet such as {flat: {slots: 100}}, or the policy dure");
}

std::optional<std::optional<Duration>> read_mtbf(const Node& node) {
  if (node.is(Kind::scalar) && node.value().text == "none") return std::optional<Duration>{};
  return spec::read_positive_duration(node);
}

std::optional<FaultSpec> read_faults(const Node& node) {
  return read_mapping<FaultSpec>(node, "a mapping such as {node_mtbf: 90d, repair: 6h}",
                                 [](Fields& in, FaultSpec& faults) {
                                   in.take("node_mtbf", faults.node_mtbf, read_mtbf);
                                   in.take("gpu_mtbf", faults.gpu_mtbf, read_mtbf);
                                   in.take("repair", faults.repair, spec::read_positive_duration);
                                 });
}

std::optional<ForecastSpec> read_forecast(const Node& node) {
  constexpr std::uint32_t most_draws = 1000;
  return read_mapping<ForecastSpec>(node, "a mapping such as {every: 10m, draws: 16}",
                                    [](Fields& in, ForecastSpec& forecast) {
                                      in.take("every", forecast.every, spec::read_positive_duration);
                                      in.take("draws", forecast.draws, integer_in<std::uint32_t>(2, most_draws));
                                      in.take("horizon", forecast.horizon, spec::read_positive_duration);
                                    });
}

// Reads one scenario. The fleet and the tenants are known to what is read after them unless they have
// mistakes.
class ScenarioReader {
 public:
  ScenarioReader(Fields& in, const fs::path& base, Scenario& scenario) : in_(in), base_(base), scenario_(scenario) {}

  void read() {
    in_.need("scenario", scenario_.name, spec::read_name);
    in_.take("protocol", protocol_, one_of<Protocol>({{"queue", Protocol::queue}, {"pack", Protocol::pack}}));
    read_fleet_part();
    read_tenants_part();
    read_work();
    read_policy_part();
    in_.take("faults", scenario_.faults, read_faults);
    in_.take("forecast", scenario_.forecast, read_forecast);
    read_windows();
    in_.take("seed", scenario_.seed, integer_in<std::uint64_t>(0, std::numeric_limits<std::uint64_t>::max()));
  }

 private:
  std::size_t mistakes() const { return in_.node().mistakes().count(); }
  const Fleet* fleet() const { return fleet_ ? &*fleet_ : nullptr; }

  void read_fleet_part() {
    const std::size_t before = mistakes();
    if (const Node fleet = in_.at("fleet"); is_openb(fleet)) {
      read_node_list_part();
    } else {
      in_.need("fleet", scenario_.fleet, [&](const Node& node) { return read_fleet(node, base_); });
      refuse("copies", "for a fleet that is no list of nodes", "leave it out, or write fleet: {openb: {nodes: FILE}}");
    }
    if (mistakes() == before) fleet_.emplace(scenario_.fleet);
  }

  void read_node_list_part() {
    constexpr std::uint32_t most_copies = 10'000;
    std::uint32_t copies = 1;
    in_.take("copies", copies, integer_in<std::uint32_t>(1, most_copies));
    NodeList list;
    const auto read = [&](const Node& node) { return read_node_list_fleet(node, base_, copies); };
    if (!in_.need("fleet", list, read)) return;
    scenario_.fleet = list.fleet;
    nodes_ = std::move(list);
  }

  // Refuses a key that is there.
  void refuse(std::string_view key, const std::string& why, std::string_view remedy) {
    const Node node = in_.at(key);
    if (!node.is_missing()) node.refuse(fmt::format("found '{}' {}", key, why), remedy);
  }

  void read_tenants_part() {
    const std::size_t before = mistakes();
    scenario_.tenants = TenantsSpec{.roots = {{.name = "default", .quotas = {}, .children = {}}}};
    in_.take("tenants", scenario_.tenants, [&](const Node& node) { return read_tenants(node); });
    if (mistakes() == before) read_then();
    if (!fleet_ || !scenario_.tenants || mistakes() > before) return;
    trees_.push_back({Duration{}, spec::make_tenants(*scenario_.tenants, *fleet_)});
    for (const TenantsThen& then : scenario_.then) {
      trees_.push_back({then.at, spec::make_tenants(then.tenants, *fleet_)});
    }
  }

  std::optional<TenantsSource> read_tenants(const Node& node) {
    if (node.is(Kind::mapping)) return read_tenants_from(node);
    tenants_value_ = tenants_value(node, base_);
    if (!tenants_value_) return std::nullopt;
    return spec::read_tenants_node(Node(*tenants_value_, node.mistakes()), fleet());
  }

  void read_then() {
    const Node then = in_.at("then");
    if (then.is_missing()) return;
    if (!tenants_value_) {
      then.refuse("found 'then' without a list of tenants", "name the tenants");
      return;
    }
    if (in_.at("demand").is_missing()) {
      then.refuse("found 'then' without a demand model", "leave it out");
      return;
    }
    in_.take("then", scenario_.then,
             spec::list_of([&](const Node& node) { return read_change(node); },
                           "a list such as [{at: 182d, tenants: ...}]"));
  }

  // Each goes on from what the one before it says.
  std::optional<TenantsThen> read_change(const Node& node) {
    return read_mapping<TenantsThen>(
        node, "a change such as {at: 182d, tenants: ...}", [&](Fields& in, TenantsThen& change) {
          if (in.need("at", change.at, spec::read_positive_duration)) {
            if (change.at <= last_change_) {
              in.at("at").refuse("found " + to_text(change.at) + " after " + to_text(last_change_),
                                 "put them in order of time");
            }
            last_change_ = change.at;
          }
          in.need("tenants", change.tenants, [&](const Node& at) { return read_changed_tenants(at); });
        });
  }

  std::optional<TenantsSpec> read_changed_tenants(const Node& node) {
    const auto changes = tenants_value(node, base_);
    if (!changes) return std::nullopt;
    tenants_value_ = changed_tenants(*tenants_value_, Node(*changes, node.mistakes()));
    return spec::read_tenants_node(Node(*tenants_value_, node.mistakes()), fleet());
  }

  void read_work() {
    if (protocol_ == Protocol::pack) return read_pack();
    const Node trace = in_.at("trace");
    const Node demand = in_.at("demand");
    if (!trace.is_missing() && !demand.is_missing()) {
      demand.refuse("found 'demand' beside 'trace'", "keep one of them");
    } else if (!demand.is_missing()) {
      read_demand();
    } else if (!trace.is_missing()) {
      read_trace();
    } else {
      trace.want("a trace such as {format: swf, path: log.swf.gz}, or a demand model");
    }
  }

  // Pods have no tenants, no times and nothing that fails.
  void read_pack() {
    for (const std::string_view key : {"demand", "tenants", "faults", "forecast", "windows"}) {
      refuse(key, "for the protocol pack", "leave it out");
    }
    PackSpec pack;
    in_.need("trace", pack, [&](const Node& node) { return read_pack_trace_spec(node, base_); });
    if (const Node fleet = in_.at("fleet"); !fleet.is_missing() && !is_openb(fleet)) {
      fleet.refuse("found a fleet that is no list of nodes, for the protocol pack",
                   "write fleet: {openb: {nodes: FILE}}");
    }
    if (nodes_) pack.nodes = *nodes_;
    scenario_.work = std::move(pack);
  }

  void read_trace() {
    TraceSpec trace;
    in_.need("trace", trace, [&](const Node& node) { return read_trace_spec(node, base_, fleet()); });
    scenario_.work = std::move(trace);
  }

  void read_demand() {
    DemandSpec demand;
    in_.need("demand", demand, [&](const Node& node) { return read_demand_spec(node, fleet(), trees_); });
    scenario_.work = std::move(demand);
    const Node source = in_.at("tenants");
    if (const Node from = source.at("from"); !from.is_missing()) {
      from.refuse("found tenants from a trace, but there is a demand model", "name the tenants");
    }
  }

  void read_windows() {
    if (!fleet_) return;
    const Tenants none;
    const spec::KnownTenants known(trees_.empty() ? none : trees_.front().tenants);
    const auto read_one = [&](const Node& node) { return spec::read_window(node, *fleet_, known, std::nullopt); };
    in_.take("windows", scenario_.windows, spec::list_of(read_one, "a list of windows"));
    spec::refuse_duplicates(in_.at("windows"), "name", "window");
    if (scenario_.windows.empty() || scenario_.policy.name == "dure") return;
    in_.at("windows").refuse(
        fmt::format("found the reference policy {}, which knows no windows", scenario_.policy.name),
        "use the policy dure, or leave them out");
  }

  void read_policy_part() {
    if (protocol_ == Protocol::pack) {
      in_.need("policy", scenario_.policy, read_pack_policy);
      return;
    }
    if (in_.take("policy", scenario_.policy, read_policy) && fleet_) {
      check_policy(in_.at("policy"), scenario_.policy, *fleet_);
    }
  }

  Fields& in_;
  const fs::path& base_;
  Scenario& scenario_;
  enum class Protocol : std::uint8_t { queue, pack };
  Protocol protocol_ = Protocol::queue;
  std::optional<Fleet> fleet_;
  std::optional<NodeList> nodes_;             // that the fleet is made of, if it is
  std::optional<spec::Value> tenants_value_;  // what the tenants, as they are last, are read from
  Duration last_change_;
  std::vector<TenantsFrom> trees_;  // empty where they have mistakes
};

std::optional<Scenario> read_scenario_node(const Node& node, const fs::path& base) {
  return read_mapping<Scenario>(node, "a scenario such as {scenario: mine, fleet: ..., trace: ...}",
                                [&](Fields& in, Scenario& scenario) { ScenarioReader(in, base, scenario).read(); });
}

}  // namespace

Result<Scenario> read_scenario_text(std::string_view text, std::string name, const fs::path& base,
                                    std::span<const std::string> overrides) {
  Mistakes mistakes;
  auto root = spec::parse(text, mistakes.add_file(name), mistakes);
  if (root) {
    for (const std::string& change : overrides) spec::apply_override(change, *root, mistakes);
  }
  std::optional<Scenario> scenario;
  if (root) scenario = read_scenario_node(Node(*root, mistakes), base);
  if (!mistakes.empty() || !scenario) return tl::unexpected(mistakes.error());
  scenario->path = std::move(name);
  return std::move(*scenario);
}

Result<Scenario> read_scenario(const fs::path& path, std::span<const std::string> overrides) {
  return spec::read_file(path).and_then(
      [&](const std::string& text) { return read_scenario_text(text, path.string(), path.parent_path(), overrides); });
}

}  // namespace dure::simulate
