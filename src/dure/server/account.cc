#include "dure/server/account.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "dure/base/overload.h"

namespace dure::server {
namespace {

template <class Key, class Value>
void write_map(ByteWriter& writer, const std::map<Key, Value>& map) {
  writer(static_cast<std::uint32_t>(map.size()));
  for (const auto& [key, value] : map) {
    writer(key);
    writer(value);
  }
}

template <class Key, class Value>
void read_map(ByteReader& reader, std::map<Key, Value>& map) {
  std::uint32_t count = 0;
  reader(count);
  for (; count > 0 && !reader.has_failed(); --count) {
    Key key;
    reader(key);
    reader(map[key]);
  }
}

}  // namespace

void Account::hear(const State& state, const Fact& fact) {
  hear_engine(fact);
  if (std::holds_alternative<TenantsDeclared>(fact.change)) return carry_over(state);
  if (std::holds_alternative<FleetDeclared>(fact.change)) return carry_over(state);
  if (const auto* drained = std::get_if<NodeDrained>(&fact.change)) {
    drained_[place_of(state.fleet(), drained->node)] = drained->reason;
  }
  if (const auto* resumed = std::get_if<NodeResumed>(&fact.change))
    drained_.erase(place_of(state.fleet(), resumed->node));
  if (const auto* failed = std::get_if<DevicesFailed>(&fact.change)) {
    sick_[place_of(state.fleet(), failed->node)] = failed->reason;
  }
  if (const auto* returned = std::get_if<DevicesReturned>(&fact.change);
      returned != nullptr && state.health(returned->node).sick == 0) {
    sick_.erase(place_of(state.fleet(), returned->node));
  }
  if (const auto* ended = std::get_if<Ended>(&fact.change)) end(state, fact.time, ended);
  if (std::holds_alternative<NodesSwapped>(fact.change)) {
    const Job& job = state.departed();
    add(state, job.tenant, job.pool, {.by_node_loss = harm_of(state, job, fact.time)});
  }
  if (std::holds_alternative<JobCancelled>(fact.change)) end(state, fact.time, nullptr);
}

void Account::hear_engine(const Fact& fact) {
  if (const auto gone = std::exchange(gone_, std::nullopt)) chosen_.erase(*gone);
  std::visit(Overload{
                 [&](const Started& c) {
                   not_started_.erase(c.job);
                   if (!c.devices.empty()) chosen_[c.job] = c.devices;
                 },
                 [&](const StartFailed& c) {
                   if (!c.reason.empty()) not_started_[c.job] = c.reason;
                 },
                 [&](const Ended& c) {
                   not_started_.erase(c.job);
                   gone_ = c.job;
                 },
                 [&](const JobCancelled& c) { not_started_.erase(c.job); },
                 [&](const NodesSwapped& c) { gone_ = c.job; },
                 [](const auto&) {},
             },
             fact.change);
}

// Tenants and pools have got other numbers; who is still there keeps what it has used.
void Account::carry_over(const State& state) {
  const auto former_pools = std::exchange(pools_, state.fleet().pool_paths());
  const auto former_tenants = std::exchange(tenants_, {});
  const auto used = std::exchange(rows_, std::vector<Consumption>(state.tenants().size() * pools_.size()));
  for (std::uint32_t t = 0; t < state.tenants().size(); ++t) tenants_.push_back(state.tenants()[TenantId{t}].path);
  for (std::size_t t = 0; t < former_tenants.size(); ++t) {
    const auto tenant = state.tenants().find(former_tenants[t]);
    for (std::size_t p = 0; tenant && p < former_pools.size(); ++p) {
      const auto pool = state.fleet().find_pool(former_pools[p]);
      if (pool) rows_[tenant->index() * pools_.size() + pool->index()] = used[t * former_pools.size() + p];
    }
  }
}

// `ended`: of what held devices.
void Account::end(const State& state, Time now, const Ended* ended) {
  const Job& job = state.departed();
  const bool is_gone = state.jobs().find(job.id) == nullptr;
  Consumption more{.ended = is_gone ? 1u : 0u};
  if (ended != nullptr) {
    const RunTimes ran = ended->ran.value_or(RunTimes{job.started, now});
    const Wide held = state.amount(state.shape_of(job), job.pool, job.placed_tasks());
    if (job.has_run()) more.used = held * (ran.to - ran.from).ns;
    const Harm harm = harm_of(state, job, std::max(ran.to, job.resumed));
    if (ended->outcome == Outcome::evicted) more.by_eviction.add(cause_of_eviction(job), harm);
    if (ended->outcome == Outcome::node_lost) more.by_node_loss = harm;
  }
  add(state, job.tenant, ended != nullptr ? job.pool : PoolId{0}, more);
}

void Account::add(const State& state, TenantId tenant, PoolId pool, const Consumption& more) {
  for (std::optional<TenantId> at = tenant; at; at = state.tenants()[*at].parent) {
    Consumption& row = rows_[at->index() * pools_.size() + pool.index()];
    row.ended += more.ended;
    row.used += more.used;
    for (const EvictionHarm::Part& part : more.by_eviction.by_cause) row.by_eviction.add(part.cause, part.harm);
    row.by_node_loss += more.by_node_loss;
  }
}

Account::Place Account::place_of(const Fleet& fleet, NodeId node) {
  const Pool& pool = fleet.pool(fleet.pool_of(node));
  return {pool.path, node.value - pool.first_node.value};
}

std::string Account::why_drained(const Fleet& fleet, NodeId node) const {
  const auto found = drained_.find(place_of(fleet, node));
  return found == drained_.end() ? "" : found->second;
}

std::string Account::why_sick(const Fleet& fleet, NodeId node) const {
  const auto found = sick_.find(place_of(fleet, node));
  return found == sick_.end() ? "" : found->second;
}

std::vector<std::uint64_t> Account::devices_of(JobId job) const {
  const auto found = chosen_.find(job);
  return found == chosen_.end() ? std::vector<std::uint64_t>{} : found->second;
}

std::string Account::why_not_started(JobId job) const {
  const auto found = not_started_.find(job);
  return found == not_started_.end() ? std::string() : found->second;
}

std::vector<std::byte> Account::to_bytes() const {
  ByteWriter writer;
  writer(pools_);
  writer(tenants_);
  writer(rows_);
  auto chosen = chosen_;
  if (gone_) chosen.erase(*gone_);
  write_map(writer, drained_);
  write_map(writer, sick_);
  write_map(writer, chosen);
  write_map(writer, not_started_);
  return {writer.bytes().begin(), writer.bytes().end()};
}

bool Account::restore(std::span<const std::byte> bytes, const State& state) {
  Account read;
  ByteReader reader(bytes);
  reader(read.pools_);
  reader(read.tenants_);
  reader(read.rows_);
  read_map(reader, read.drained_);
  read_map(reader, read.sick_);
  read_map(reader, read.chosen_);
  read_map(reader, read.not_started_);
  const bool is_of_this_estate = read.tenants_.size() == state.tenants().size() &&
                                 read.pools_ == state.fleet().pool_paths() &&
                                 read.rows_.size() == read.tenants_.size() * read.pools_.size();
  if (!reader.is_done() || !is_of_this_estate) return false;
  *this = std::move(read);
  return true;
}

}  // namespace dure::server
