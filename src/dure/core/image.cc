// A state as bytes and back. What follows from the rest, such as what is free on a node, is made anew.
#include <utility>

#include "dure/core/state.h"

namespace dure {
namespace {

// Those whose values say what they are found by, `member`.
template <class Map, class Key, class Value>
void values(ByteWriter& writer, const Map& map, Key Value::* /*member*/) {
  writer(static_cast<std::uint32_t>(map.size()));
  for (const auto& [key, value] : map) writer(value);
}

template <class Map, class Key, class Value>
void values(ByteReader& reader, Map& map, Key Value::* member) {
  std::uint32_t count = 0;
  reader(count);
  while (count-- > 0 && !reader.has_failed()) {
    Value value;
    reader(value);
    const Key key = value.*member;
    map.emplace(key, std::move(value));
  }
}

template <class Map>
void entries(ByteWriter& writer, const Map& map) {
  writer(static_cast<std::uint32_t>(map.size()));
  for (const auto& [key, value] : map) {
    writer(key);
    writer(value);
  }
}

template <class Map>
void entries(ByteReader& reader, Map& map) {
  std::uint32_t count = 0;
  reader(count);
  while (count-- > 0 && !reader.has_failed()) {
    typename Map::key_type key;
    reader(key);
    reader(map[key]);
  }
}

void entries(ByteWriter& writer, const UserUsage& usage) { entries(writer, usage.all()); }

void entries(ByteReader& reader, UserUsage& usage) {
  UserUsage::Accounts accounts;
  entries(reader, accounts);
  for (const auto& [key, account] : accounts) usage.insert(key, account);
}

}  // namespace

// All that is written as it is.
template <class Archive, class AnyState>
void State::plain_fields(Archive& archive, AnyState& state) {
  archive(state.now_);
  archive(state.chain_);
  archive(state.fact_count_);
  archive(state.next_job_);
  archive(state.next_window_);
  archive(state.health_);
  archive(state.usage_);
  archive(state.users_);
  archive(state.recent_runs_);
  archive(state.fair_evictions_);
  archive(state.shapes_);
  archive(state.departed_holds_shape_);
  archive(state.departed_);
}

// What is found by a key.
template <class Archive, class AnyState>
void State::maps(Archive& archive, AnyState& state) {
  values(archive, state.reservations_, &Reservation::job);
  entries(archive, state.dependents_);
  entries(archive, state.faults_);
  entries(archive, state.user_usage_);
  values(archive, state.windows_, &Window::id);
  entries(archive, state.arrays_);
}

void State::write_image(ByteWriter& writer) const {
  writer(fleet_.spec());
  writer(tenants_.spec());
  writer(usage_clock_.half_life());
  writer(usage_clock_.epoch());
  plain_fields(writer, *this);
  writer(static_cast<std::uint32_t>(jobs_.size()));
  jobs_.for_each([&](JobId, const Job& job) { writer(job); });
  maps(writer, *this);
  ledger_.write(writer);
}

void State::restore(Job job) {
  const JobId id = job.id;
  const Shape& shape = shape_of(job);
  for (const Placement& placement : job.allocation) occupancy_->book(placement, shape.per_task);
  if (job.start_by && !job.was_running) deadlines_.emplace(*job.start_by, id);
  if (shape.window) window_jobs_.emplace(*shape.window, id);
  jobs_.insert(id, std::move(job));
}

std::optional<State> State::from_image(std::span<const std::byte> image) {
  ByteReader reader(image);
  FleetSpec fleet;
  TenantsSpec tenants;
  Duration half_life;
  Time epoch;
  reader(fleet);
  reader(tenants);
  reader(half_life);
  reader(epoch);
  State state;
  plain_fields(reader, state);
  if (reader.has_failed() || half_life <= Duration{}) return std::nullopt;

  state.fleet_ = Fleet(std::move(fleet));
  state.tenants_ = Tenants(std::move(tenants), state.fleet_.pool_paths());
  state.usage_clock_ = UsageClock(half_life);
  state.usage_clock_.start(epoch);
  state.occupancy_.emplace(state.fleet_);
  if (state.health_.size() != state.fleet_.node_count()) return std::nullopt;
  for (std::uint32_t node = 0; node < state.fleet_.node_count(); ++node) state.update_availability(NodeId{node});

  std::uint32_t jobs = 0;
  reader(jobs);
  for (; jobs > 0 && !reader.has_failed(); --jobs) {
    Job job;
    reader(job);
    if (!reader.has_failed()) state.restore(std::move(job));
  }
  maps(reader, state);
  state.ledger_.read(reader);
  if (!reader.is_done()) return std::nullopt;
  state.ledger_.restore(state.tenants_, state.fleet_.pool_paths(), state.now_);
  return state;
}

}  // namespace dure
