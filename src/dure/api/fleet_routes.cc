#include "dure/api/fleet_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "dure/api/differences.h"
#include "dure/api/engine_text.h"
#include "dure/api/job_json.h"
#include "dure/api/numbers.h"
#include "dure/api/token_json.h"
#include "dure/api/window_json.h"
#include "dure/fleet/served_fleet.h"
#include "dure/http/ascii.h"
#include "dure/spec/fleet_reader.h"
#include "dure/spec/json_value.h"
#include "dure/spec/tenants_reader.h"
#include "dure/spec/text_check.h"

namespace dure::api {
namespace {

namespace json = boost::json;

constexpr std::size_t most_nodes_listed = 10'000;

json::object pool_json(const View& view, const Pool& pool) {
  std::int64_t held = 0;
  std::uint32_t drained = 0;
  std::uint32_t lost = 0;
  int sick = 0;
  for (std::uint32_t n = 0; n < pool.node_count; ++n) {
    const NodeRow* node = view.nodes.find(pool.first_node.index() + n);
    if (node == nullptr) continue;
    held += pool.has_gpus() ? node->gpu_held_milli : node->cpu_held_milli;
    drained += node->is_drained ? 1 : 0;
    lost += node->is_lost ? 1 : 0;
    sick += std::popcount(node->sick);
  }
  json::object out{{"path", pool.path},
                   {"engine", to_text(view.fleet->sites()[pool.site.index()].engine)},
                   {"unit", unit_of(pool)},
                   {"nodes", pool.node_count},
                   {"drained", drained},
                   {"lost", lost},
                   {"capacity", amount_json(pool.capacity())},
                   {"held", amount_json(held)}};
  const PoolId id = *view.fleet->find_pool(pool.path);
  if (const std::uint32_t kept = view.tenants->kept_racks(id); kept > 0) {
    out["racks"] = pool.node_count / pool.nodes_in(Level::rack);
    out["kept_racks"] = kept;
  }
  if (pool.has_gpus()) {
    out["gpu_model"] = pool.spec.gpu_model;
    out["sick_gpus"] = sick;
  }
  return out;
}

json::object device_json(const DeviceFacts& device) {
  json::object out{{"index", device.index},
                   {"model", device.model},
                   {"memory_mib", device.memory_mib},
                   {"healthy", device.is_healthy}};
  if (!device.uuid.empty()) out["uuid"] = device.uuid;
  if (!device.why_not.empty()) out["why_not"] = device.why_not;
  if (device.power_w) out["power_w"] = *device.power_w;
  if (device.temperature_celsius) out["temperature_c"] = *device.temperature_celsius;
  if (device.utilization_percent) out["utilization_percent"] = *device.utilization_percent;
  return out;
}

std::string_view state_of(const NodeRow& node) { return node.is_lost ? "lost" : node.is_drained ? "drained" : "ok"; }

json::object node_json(const Call& call, const Pool& pool, NodeId id, const NodeRow& node) {
  json::object out{{"name", call.view.fleet->node_name(id)},
                   {"pool", pool.path},
                   {"state", state_of(node)},
                   {"cpus", amount_json(pool.spec.cpu_milli)},
                   {"cpus_held", amount_json(node.cpu_held_milli)}};
  if (!node.reason.empty()) out["reason"] = node.reason;
  if (pool.has_gpus()) {
    out["gpus"] = pool.spec.gpus_per_node;
    out["gpus_held"] = amount_json(node.gpu_held_milli);
    json::array sick;
    for_each_device(node.sick, [&](std::uint32_t device) { sick.emplace_back(device); });
    if (!sick.empty()) out["sick_gpus"] = std::move(sick);
  }
  if (pool.spec.memory_mib > 0) {
    out["memory_mib"] = pool.spec.memory_mib;
    out["memory_held_mib"] = node.memory_held_mib;
  }
  json::array jobs;
  for (const JobId job : node.jobs) jobs.emplace_back(job.value);
  out["jobs"] = std::move(jobs);
  const bool is_here = call.view.fleet->sites()[pool.site.index()].engine == EngineKind::local;
  if (call.devices != nullptr && is_here) {
    json::array devices;
    for (const DeviceFacts& device : *call.devices) devices.push_back(device_json(device));
    out["devices"] = std::move(devices);
  }
  return out;
}

Result<NodeId> node_id(const Call& call) {
  const auto found = call.view.fleet->find_node(call.parameters.front());
  if (!found) return fail(Code::not_found, fmt::format("there is no node {}", call.parameters.front()));
  return *found;
}

struct NodeFilter {
  std::string_view pool;                 // its path; empty: any
  std::vector<std::string_view> states;  // any of `ok`, `drained`, `lost`, `sick`; empty: all
  std::string_view search;               // a part of the name
  std::uint32_t first = 0;
  std::size_t limit = most_nodes_listed;
};

Result<NodeFilter> read_node_filter(const Call& call) {
  static constexpr std::array states{"ok", "drained", "lost", "sick"};
  const http::Request& request = call.request;
  NodeFilter filter{.pool = request.parameter("pool").value_or(""), .search = request.parameter("search").value_or("")};
  if (!filter.pool.empty() && !call.view.fleet->find_pool(filter.pool))
    return fail(Code::not_found, fmt::format("there is no pool {}", filter.pool));
  for (std::string_view rest = request.parameter("state").value_or(""); !rest.empty();) {
    filter.states.push_back(http::take_until(rest, ','));
    if (std::ranges::find(states, filter.states.back()) != states.end()) continue;
    return fail(Code::invalid_argument,
                fmt::format("state: found '{}'; write ok, drained, lost or sick", filter.states.back()));
  }
  if (const auto text = request.parameter("limit"); text && !text->empty()) {
    const auto limit = number_of<std::uint32_t>(*text);
    if (!limit || *limit == 0 || *limit > most_nodes_listed)
      return fail(Code::invalid_argument, fmt::format("limit: write a number from 1 to {}", most_nodes_listed));
    filter.limit = *limit;
  }
  if (const auto text = request.parameter("cursor"); text && !text->empty()) {
    const auto first = number_of<std::uint32_t>(*text);
    if (!first) return fail(Code::invalid_argument, "cursor: take it from the `next` of the page before");
    filter.first = *first;
  }
  return filter;
}

bool matches(const NodeFilter& filter, const View& view, const Pool& pool, NodeId id, const NodeRow& node) {
  if (!filter.pool.empty() && pool.path != filter.pool) return false;
  const auto is_in = [&](std::string_view state) {
    return state == state_of(node) || (state == "sick" && node.sick != 0);
  };
  if (!filter.states.empty() && std::ranges::none_of(filter.states, is_in)) return false;
  return filter.search.empty() || view.fleet->node_name(id).find(filter.search) != std::string::npos;
}

// Quotas of the tenant where it has one or holds something.
json::array quotas_json(const View& view, TenantId id) {
  json::array out;
  for (std::size_t p = 0; p < view.fleet->pools().size(); ++p) {
    const PoolId pool = id_of<PoolTag>(p);
    const Quota& quota = view.tenants->quota(id, pool);
    const TenantUse& use = view.use_of(id, pool);
    const bool is_idle = quota.guarantee_milli == 0 && quota.limit_milli == no_limit && use.held_milli == 0 &&
                         use.running == 0 && use.pending == 0 && use.ended == 0;
    if (is_idle) continue;
    json::object entry{{"pool", view.fleet->pool(pool).path},
                       {"unit", unit_of(view.fleet->pool(pool))},
                       {"guarantee", amount_json(quota.guarantee_milli)},
                       {"limit", nullptr},
                       {"held", amount_json(use.held_milli)},
                       {"borrowed", amount_json(std::max<std::int64_t>(use.held_milli - quota.guarantee_milli, 0))},
                       {"running", use.running},
                       {"pending", use.pending}};
    if (quota.limit_milli != no_limit) entry["limit"] = amount_json(quota.limit_milli);
    if (quota.racks > 0) entry["racks"] = quota.racks;
    out.push_back(std::move(entry));
  }
  return out;
}

json::object harm_json(const Harm& harm) { return {{"hours", hours_of(harm.lost)}, {"times", harm.times}}; }

// All of it, and by cause where there was any.
json::object harm_json(const EvictionHarm& harm) {
  json::object out = harm_json(harm.sum());
  json::object by_cause;
  for (const EvictionHarm::Part& part : harm.by_cause) by_cause[to_text(part.cause)] = harm_json(part.harm);
  if (!by_cause.empty()) out["by_cause"] = std::move(by_cause);
  return out;
}

json::array use_json(const View& view, TenantId id, Time now) {
  json::array out;
  for (std::size_t p = 0; p < view.fleet->pools().size(); ++p) {
    const TenantUse& use = view.use_of(id, id_of<PoolTag>(p));
    const bool was_harmed = !use.by_eviction.by_cause.empty() || use.by_node_loss.times > 0;
    if (use.used == 0 && use.ended == 0 && use.running == 0 && !was_harmed) continue;
    const Pool& pool = view.fleet->pool(id_of<PoolTag>(p));
    out.push_back(
        json::object{{"pool", pool.path},
                     {"unit", unit_of(pool)},
                     {"hours", hours_of(use.used_by(now))},
                     {"lost", {{"evicted", harm_json(use.by_eviction)}, {"node_lost", harm_json(use.by_node_loss)}}},
                     {"jobs_ended", use.ended},
                     {"jobs_running", use.running}});
  }
  return out;
}

// Visits the tenants that the request asks for and the caller may see.
template <class Visit>
Result<void> for_each_tenant(const Call& call, const Visit& visit) {
  std::optional<TenantId> above;
  if (const auto path = call.request.parameter("tenant"); path && !path->empty()) {
    above = call.view.tenants->find(*path);
    if (!above || !call.access.knows(*above)) return fail(Code::not_found, fmt::format("there is no tenant {}", *path));
  }
  for (std::size_t t = 0; t < call.view.tenants->size(); ++t) {
    const TenantId id = id_of<TenantTag>(t);
    if (above && !call.view.tenants->is_within(id, *above)) continue;
    if (call.access.may(Right::see_use, id)) visit(id);
  }
  return {};
}

std::string changes_body(const std::vector<std::string>& changes, std::uint64_t sequence) {
  json::array lines;
  for (const std::string& change : changes) lines.emplace_back(change);
  return json::serialize(json::object{{"changes", std::move(lines)}, {"sequence", sequence}});
}

// Who comes again says in the header what came last, and asks as before for the rest.
Result<std::optional<std::uint64_t>> read_since(const Call& call) {
  std::optional<std::uint64_t> since;
  for (const auto text : {call.request.parameter("since"), call.request.header("last-event-id")}) {
    if (!text || text->empty()) continue;
    since = number_of<std::uint64_t>(*text);
    if (!since) return fail(Code::invalid_argument, "since, or Last-Event-ID: write the number of an event");
  }
  return since;
}

// Asks the loop to declare a part of the estate anew, or only whether it might.
Answer declare(const Call& call, std::variant<FleetDeclared, TenantsDeclared> change,
               std::vector<std::string> changes) {
  const auto is_dry_run = read_flag(call, "dry_run");
  if (!is_dry_run) return problem(is_dry_run.error());
  if (changes.empty()) return json_response(200, changes_body(changes, call.view.sequence));
  return Ask{DeclareEstate{std::move(change), *is_dry_run},
             [changes = std::move(changes)](const CommandResult& result) {
               if (!result.done) return problem(result.done.error());
               return json_response(200, changes_body(changes, result.sequence));
             }};
}

Result<void> check_sharing(const Call& call, const FleetSpec& fleet, const TenantsSpec& tenants) {
  return check_isolation(tenants, has_local_site(fleet) ? RunsHere::yes : RunsHere::no, call.server.isolation);
}

}  // namespace

Answer show_fleet(const Call& call) {
  json::array pools;
  for (const Pool& pool : call.view.fleet->pools()) pools.push_back(pool_json(call.view, pool));
  return json_response(200, json::serialize(json::object{{"name", call.view.fleet->spec().name},
                                                         {"pools", std::move(pools)},
                                                         {"windows", windows_json(call.view, call.access, call.now)}}));
}

Answer list_nodes(const Call& call) {
  const auto filter = read_node_filter(call);
  if (!filter) return problem(filter.error());
  const View& view = call.view;
  json::array nodes;
  json::value next = nullptr;
  for (std::uint32_t n = filter->first; n < view.fleet->node_count(); ++n) {
    const NodeId id{n};
    const NodeRow* node = view.nodes.find(id.index());
    const Pool& pool = view.fleet->pool(view.fleet->pool_of(id));
    if (node == nullptr || !matches(*filter, view, pool, id, *node)) continue;
    if (nodes.size() == filter->limit) {
      next = std::to_string(n);
      break;
    }
    nodes.push_back(node_json(call, pool, id, *node));
  }
  return json_response(200, json::serialize(json::object{{"nodes", std::move(nodes)}, {"next", std::move(next)}}));
}

Answer show_node(const Call& call) {
  const auto id = node_id(call);
  if (!id) return problem(id.error());
  const NodeRow* node = call.view.nodes.find(id->index());
  if (node == nullptr) return problem({Code::not_found, fmt::format("there is no node {}", call.parameters.front())});
  const Pool& pool = call.view.fleet->pool(call.view.fleet->pool_of(*id));
  return json_response(200, json::serialize(node_json(call, pool, *id, *node)));
}

Answer drain_node(const Call& call) {
  const auto id = node_id(call);
  if (!id) return problem(id.error());
  std::string reason;
  if (!call.request.body.empty()) {
    const auto read = [](const spec::Node& node) {
      return spec::read_mapping<std::string>(node, R"({"reason": "..."})", [](spec::Fields& in, std::string& text) {
        in.take("reason", text, [](const spec::Node& at) -> std::optional<std::string> {
          const bool is_sentence =
              at.is(spec::Kind::scalar) && at.value().text.size() <= 1000 && spec::is_plain_line(at.value().text);
          if (is_sentence) return at.value().text;
          at.want("a sentence of one line and at most 1,000 bytes");
          return std::nullopt;
        });
      });
    };
    auto text = spec::read_json_text(call.request.body, "drain", read);
    if (!text) return problem(text.error());
    reason = std::move(*text);
  }
  return Ask{DrainNode{*id, std::move(reason)}, tell_done};
}

Answer resume_node(const Call& call) {
  const auto id = node_id(call);
  if (!id) return problem(id.error());
  return Ask{ResumeNode{*id}, tell_done};
}

Answer list_tenants(const Call& call) {
  json::array tenants;
  const auto listed = for_each_tenant(call, [&](TenantId id) {
    const Tenant& tenant = (*call.view.tenants)[id];
    const Preempt preempt = tenant.preempts_within ? Preempt::priority : Preempt::none;
    tenants.push_back(json::object{{"path", tenant.path},
                                   {"weight", tenant.weight},
                                   {"fairness", to_text(tenant.fairness)},
                                   {"preempt", to_text(preempt)},
                                   {"pools", quotas_json(call.view, id)}});
  });
  if (!listed) return problem(listed.error());
  return json_response(200, json::serialize(json::object{{"tenants", std::move(tenants)}}));
}

Answer declare_tenants(const Call& call) {
  auto spec = spec::read_tenants_text(call.request.body, "tenants", *call.view.fleet);
  if (!spec) return problem(spec.error());
  const FleetSpec& fleet = call.view.fleet->spec();
  if (auto checked = check_sharing(call, fleet, *spec); !checked) return problem(checked.error());
  std::vector<std::string> changes = differences(*call.view.tenants, *spec, *call.view.fleet);
  return declare(call, TenantsDeclared{std::move(*spec)}, std::move(changes));
}

Answer declare_fleet(const Call& call) {
  auto spec = spec::read_fleet_text(call.request.body, "fleet");
  if (!spec) return problem(spec.error());
  if (const auto refusal = refusal_to_serve(*spec, call.server.clusters, call.server.rehearses)) {
    return problem({Code::invalid_argument, fmt::format("fleet: {}; {}", refusal->found, refusal->remedy)});
  }
  if (auto checked = check_sharing(call, *spec, call.view.tenants->spec()); !checked) return problem(checked.error());
  std::vector<std::string> changes = differences(*call.view.fleet, *spec);
  return declare(call, FleetDeclared{std::move(*spec)}, std::move(changes));
}

Answer show_usage(const Call& call) {
  json::array tenants;
  const auto listed = for_each_tenant(call, [&](TenantId id) {
    json::array pools = use_json(call.view, id, std::max(call.now, call.view.now));
    if (pools.empty()) return;
    tenants.push_back(json::object{{"path", (*call.view.tenants)[id].path}, {"pools", std::move(pools)}});
  });
  if (!listed) return problem(listed.error());
  return json_response(200, json::serialize(json::object{{"tenants", std::move(tenants)}}));
}

Answer show_use_history(const Call& call) {
  ReadUseHistory read;
  if (const auto path = call.request.parameter("tenant"); path && !path->empty()) {
    read.tenant = call.view.tenants->find(*path);
    if (!read.tenant || !call.access.knows(*read.tenant))
      return problem({Code::not_found, fmt::format("there is no tenant {}", *path)});
  }
  return read;
}

Answer watch_live(const Call& call) {
  const auto since = read_since(call);
  if (!since) return problem(since.error());
  return WatchLive{*since};
}

Answer watch_events(const Call& call) {
  const auto since = read_since(call);
  if (!since) return problem(since.error());
  WatchEvents watch{.job = {}, .tenant = {}, .since = *since};
  if (const auto tenant = call.request.parameter("tenant"); tenant && !tenant->empty())
    watch.tenant = std::string(*tenant);
  if (const auto job = call.request.parameter("job"); job && !job->empty()) {
    const auto number = number_of<std::uint32_t>(*job);
    if (!number) return problem({Code::invalid_argument, "job: write the number of a job"});
    watch.job = JobId{*number};
  }
  return watch;
}

Answer show_server(const Call& call) {
  const ServerFacts& server = call.server;
  json::object out{{"version", server.version},
                   {"address", server.address},
                   {"started", dure::to_text(server.started)},
                   {"sequence", call.view.sequence},
                   {"user", call.access.actor().subject},
                   {"grants", grants_json(call.access.actor().grants)}};
  if (call.access.may(Right::see_server)) {
    out["pid"] = server.pid;
    out["data"] = server.data;
  }
  return json_response(200, json::serialize(out));
}

}  // namespace dure::api
