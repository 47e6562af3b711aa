#include "dure/api/live_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <optional>

#include "dure/api/engine_text.h"
#include "dure/api/job_json.h"

namespace dure::api {
namespace {

namespace json = boost::json;

constexpr std::uint64_t most_exact = std::uint64_t{1} << 53;  // of the numbers of a browser

// Calls for each id whose row is not the same in both.
template <class Row, class Visit>
void for_each_difference(const Pages<Row>& before, const Pages<Row>& now, const Visit& visit) {
  const std::size_t end = std::max(before.id_bound(), now.id_bound());
  for (std::size_t first = 0; first < end; first += rows_per_page) {
    if (before.is_same_page(now, first)) continue;
    for (std::size_t id = first; id < first + rows_per_page; ++id) {
      if (before.find(id) != now.find(id)) visit(id);
    }
  }
}

// Of owners that the caller may know of.
json::array amounts_of(const View& view, const Access& access, const std::vector<OwnerShare>& owners) {
  json::array out;
  for (const OwnerShare& owner : owners) {
    const auto tenant = view.tenants->find(owner.tenant);
    const bool is_known = tenant && (access.knows(*tenant) || access.may(Right::see_use, *tenant));
    if (is_known) out.push_back(json::array{tenant->index(), amount_json(owner.amount_milli)});
  }
  return out;
}

json::object pool_json(const View& view, const Access& access, const Pool& pool) {
  json::object out{{"path", pool.path},
                   {"site", pool.site.index()},
                   {"unit", unit_of(pool)},
                   {"gpus_per_node", pool.spec.gpus_per_node},
                   {"nodes", pool.node_count},
                   {"first_node", pool.first_node.value},
                   {"nodes_per_rack", pool.spec.nodes_per_rack},
                   {"racks_per_block", pool.spec.racks_per_block},
                   {"blocks", pool.spec.blocks},
                   {"owners", amounts_of(view, access, pool.spec.owners)}};
  if (pool.has_gpus()) out["gpu_model"] = pool.spec.gpu_model;
  if (access.may(Right::see_nodes) && !pool.spec.hosts.empty()) {
    json::array hosts;
    for (const std::string& host : pool.spec.hosts) hosts.emplace_back(host);
    out["hosts"] = std::move(hosts);
  }
  return out;
}

json::object tenant_json(const View& view, TenantId id, bool shows_use) {
  const Tenants& tenants = *view.tenants;
  json::object out{{"path", tenants[id].path}, {"parent", nullptr}};
  if (const auto parent = tenants[id].parent) out["parent"] = parent->index();
  json::array guarantees;
  for (std::size_t p = 0; shows_use && p < view.fleet->pools().size(); ++p) {
    const Quota& quota = tenants.quota(id, id_of<PoolTag>(p));
    if (quota.guarantee_milli > 0) guarantees.push_back(json::array{p, amount_json(quota.guarantee_milli)});
  }
  out["guarantees"] = std::move(guarantees);
  return out;
}

// Writes rows as the caller may see them.
class StateWriter {
 public:
  StateWriter(const View& view, const Access& access)
      : view_(view), access_(access), sees_nodes_(access.may(Right::see_nodes)) {}

  // Its row, also where it holds nothing; false if the caller may know of nothing there.
  bool add_node(std::string& out, NodeId id) const {
    const NodeRow* node = view_.nodes.find(id.index());
    if (node == nullptr) return false;
    const std::size_t begin = out.size();
    const int state = !sees_nodes_ ? 0 : node->is_lost ? 2 : node->is_drained ? 1 : 0;
    fmt::format_to(std::back_inserter(out), "[{},{},", id.value, state);
    add_mask(out, sees_nodes_ ? node->sick : 0);
    const std::size_t head = out.size();
    for (const JobId job : node->jobs) add_placements(out, job, id);
    const bool says_something = sees_nodes_ || out.size() > head;
    if (!says_something) out.resize(begin);
    if (says_something) out += ']';
    return says_something;
  }

  bool holds_something_visible(NodeId id) const {
    const NodeRow* node = view_.nodes.find(id.index());
    return node != nullptr &&
           std::ranges::any_of(node->jobs, [&](JobId job) { return seen_placed(view_.jobs.find(job.index())); });
  }

  bool sees_nodes() const { return sees_nodes_; }

  bool add_job(std::string& out, const JobRow& row) const {
    const Job& job = row.job;
    const Seen seen = access_.seen(job.tenant, user_of(job));
    if (seen.sight == Sight::none) return false;
    const bool has_names = seen.sight >= Sight::status;
    const bool has_pool = job.holds_devices() && seen.has_place;
    fmt::format_to(std::back_inserter(out), "[{},{},{},{}", job.id.value,
                   has_names ? static_cast<std::int64_t>(job.tenant.index()) : -1,
                   has_pool ? static_cast<std::int64_t>(job.pool.index()) : -1, static_cast<int>(job.state));
    if (has_names) {
      out += ',';
      out += json::serialize(json::value(user_of(job)));
      out += ',';
      out += json::serialize(json::value(job.name));
    }
    out += ']';
    return true;
  }

  bool add_use(std::string& out, TenantId tenant, PoolId pool) const {
    if (!access_.may(Right::see_use, tenant)) return false;
    const TenantUse& use = view_.use_of(tenant, pool);
    fmt::format_to(std::back_inserter(out), "[{},{},{},{},{}]", tenant.index(), pool.index(),
                   json::serialize(amount_json(use.held_milli)), use.running, use.pending);
    return true;
  }

 private:
  const std::string& user_of(const Job& job) const { return (*view_.users)[job.user.index()]; }

  bool seen_placed(const JobRow* row) const {
    if (row == nullptr) return false;
    const Seen seen = access_.seen(row->job.tenant, user_of(row->job));
    return seen.sight > Sight::none && seen.has_place;
  }

  void add_placements(std::string& out, JobId id, NodeId node) const {
    const JobRow* row = view_.jobs.find(id.index());
    if (!seen_placed(row)) return;
    const Allocation& allocation = row->job.allocation;
    auto at = std::lower_bound(allocation.begin(), allocation.end(), node,
                               [](const Placement& placement, NodeId wanted) { return placement.node < wanted; });
    for (; at != allocation.end() && at->node == node; ++at) {
      const auto place = static_cast<std::size_t>(at - allocation.begin());
      fmt::format_to(std::back_inserter(out), ",{},", id.value);
      add_mask(out, place < row->devices.size() ? row->devices[place] : at->gpus);
      fmt::format_to(std::back_inserter(out), ",{}", at->gpu_milli);
    }
  }

  static void add_mask(std::string& out, std::uint64_t mask) {
    if (mask < most_exact) {
      fmt::format_to(std::back_inserter(out), "{}", mask);
    } else {
      fmt::format_to(std::back_inserter(out), "\"{}\"", mask);
    }
  }

  const View& view_;
  const Access& access_;
  bool sees_nodes_;
};

// Puts a comma between those rows that were written.
class List {
 public:
  List(std::string& out, std::string_view name) : out_(out) { out_.append(",\"").append(name).append("\":["); }
  ~List() { out_ += ']'; }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  template <class Write>
  void add(const Write& write) {
    const std::size_t begin = out_.size();
    if (!is_first_) out_ += ',';
    if (write(out_)) {
      is_first_ = false;
    } else {
      out_.resize(begin);
    }
  }

 private:
  std::string& out_;
  bool is_first_ = true;
};

// How much waits and runs in all is for those who see pools, as elsewhere.
std::string head_of(const View& view, const Access& access) {
  const bool sees_pools = access.may(Right::see_pools);
  return fmt::format(R"({{"sequence":{},"now":"{}","pending":{},"running":{})", view.sequence, dure::to_text(view.now),
                     sees_pools ? view.pending : 0, sees_pools ? view.running : 0);
}

}  // namespace

ViewChanges changes_between(const View& before, const View& now) {
  ViewChanges changes;
  for_each_difference(before.nodes, now.nodes, [&](std::size_t id) { changes.nodes.push_back(id_of<NodeTag>(id)); });
  for_each_difference(before.jobs, now.jobs, [&](std::size_t id) { changes.jobs.push_back(id_of<JobTag>(id)); });
  const std::size_t pools = now.fleet->pools().size();
  if (before.use == now.use || before.use->size() != now.use->size()) return changes;
  for (std::size_t i = 0; i < now.use->size(); ++i) {
    const TenantUse& a = (*before.use)[i];
    const TenantUse& b = (*now.use)[i];
    if (a.held_milli == b.held_milli && a.running == b.running && a.pending == b.pending) continue;
    changes.uses.emplace_back(id_of<TenantTag>(i / pools), id_of<PoolTag>(i % pools));
  }
  return changes;
}

std::string estate_json(const View& view, const Access& access) {
  json::array sites;
  json::array pools;
  json::array tenants;
  if (access.may(Right::see_pools)) {
    for (const Site& site : view.fleet->sites()) {
      sites.push_back(json::object{{"name", site.name}, {"engine", to_text(site.engine)}});
    }
    for (const Pool& pool : view.fleet->pools()) {
      pools.push_back(pool_json(view, access, pool));
    }
  }
  // Ids are places in the list: who is not to be known has a place without a name.
  for (std::size_t t = 0; t < view.tenants->size(); ++t) {
    const TenantId id = id_of<TenantTag>(t);
    const bool sees_use = access.may(Right::see_use, id);
    if (sees_use || access.knows(id)) {
      tenants.push_back(tenant_json(view, id, sees_use));
    } else {
      tenants.push_back(json::object{{"path", ""}, {"parent", nullptr}, {"guarantees", json::array{}}});
    }
  }
  return json::serialize(json::object{{"version", view.estate_version},
                                      {"name", view.fleet->spec().name},
                                      {"sites", std::move(sites)},
                                      {"pools", std::move(pools)},
                                      {"tenants", std::move(tenants)}});
}

std::string whole_state_json(const View& view, const Access& access) {
  const StateWriter writer(view, access);
  std::string out = head_of(view, access) + R"(,"whole":true)";
  {
    List nodes(out, "nodes");
    for (std::size_t n = 0; n < view.nodes.id_bound(); ++n) {
      const NodeRow* node = view.nodes.find(n);
      if (node == nullptr) continue;
      const bool is_dull = node->jobs.empty() && !node->is_lost && !node->is_drained && node->sick == 0;
      if (!is_dull) nodes.add([&](std::string& to) { return writer.add_node(to, id_of<NodeTag>(n)); });
    }
  }
  {
    List jobs(out, "jobs");
    for (std::size_t j = 0; j < view.jobs.id_bound(); ++j) {
      const JobRow* row = view.jobs.find(j);
      if (row == nullptr || row->job.state == JobState::ended || !row->job.holds_devices()) continue;
      jobs.add([&](std::string& to) { return writer.add_job(to, *row); });
    }
  }
  {
    List uses(out, "use");
    const std::size_t pools = view.fleet->pools().size();
    for (std::size_t i = 0; i < view.use->size(); ++i) {
      const TenantUse& use = (*view.use)[i];
      if (use.held_milli == 0 && use.running == 0 && use.pending == 0) continue;
      uses.add(
          [&](std::string& to) { return writer.add_use(to, id_of<TenantTag>(i / pools), id_of<PoolTag>(i % pools)); });
    }
  }
  out += '}';
  return out;
}

std::string changed_state_json(const View& before, const View& view, const Access& access, const ViewChanges& changes) {
  const StateWriter writer(view, access);
  const StateWriter former(before, access);
  std::string out = head_of(view, access);
  {
    List nodes(out, "nodes");
    for (const NodeId id : changes.nodes) {
      nodes.add([&](std::string& to) {
        if (writer.add_node(to, id)) return true;
        if (writer.sees_nodes() || !former.holds_something_visible(id)) return false;
        fmt::format_to(std::back_inserter(to), "[{},0,0]", id.value);
        return true;
      });
    }
  }
  {
    List jobs(out, "jobs");
    for (const JobId id : changes.jobs) {
      // One that has left the view had ended before, and that was told.
      if (const JobRow* row = view.jobs.find(id.index()))
        jobs.add([&](std::string& to) { return writer.add_job(to, *row); });
    }
  }
  {
    List uses(out, "use");
    for (const auto& [tenant, pool] : changes.uses) {
      uses.add([&](std::string& to) { return writer.add_use(to, tenant, pool); });
    }
  }
  out += '}';
  return out;
}

}  // namespace dure::api
