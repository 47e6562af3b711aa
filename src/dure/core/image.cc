// A state as bytes and back. What follows from the rest, such as what is free on a node, is made anew.
#include <utility>

#include "dure/core/state.h"

namespace dure {

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

void State::write_image(ByteWriter& writer) const {
  writer(fleet_.spec());
  writer(tenants_.spec());
  writer(usage_clock_.half_life());
  writer(usage_clock_.epoch());
  plain_fields(writer, *this);
  writer(static_cast<std::uint32_t>(jobs_.size()));
  jobs_.for_each([&](JobId, const Job& job) { writer(job); });
  writer(static_cast<std::uint32_t>(reservations_.size()));
  for (const auto& [job, reservation] : reservations_) writer(reservation);
  writer(static_cast<std::uint32_t>(dependents_.size()));
  for (const auto& [job, dependents] : dependents_) {
    writer(job);
    writer(dependents);
  }
  writer(static_cast<std::uint32_t>(faults_.size()));
  for (const auto& [node, faults] : faults_) {
    writer(node);
    writer(faults);
  }
  writer(static_cast<std::uint32_t>(user_usage_.all().size()));
  for (const auto& [key, account] : user_usage_.all()) {
    writer(key);
    writer(account);
  }
  writer(static_cast<std::uint32_t>(windows_.size()));
  for (const auto& [id, window] : windows_) writer(window);
  writer(static_cast<std::uint32_t>(arrays_.size()));
  for (const auto& [array, progress] : arrays_) {
    writer(array);
    writer(progress);
  }
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

  const auto for_each = [&](const auto& read) {
    std::uint32_t count = 0;
    reader(count);
    while (count-- > 0 && !reader.has_failed()) read();
  };
  for_each([&] {
    Job job;
    reader(job);
    if (reader.has_failed()) return;
    for (const Placement& placement : job.allocation) state.occupancy_->book(placement, state.shape_of(job).per_task);
    const JobId id = job.id;
    if (job.start_by && !job.was_running) state.deadlines_.emplace(*job.start_by, id);
    if (const auto& window = state.shape_of(job).window) state.window_jobs_.emplace(*window, id);
    state.jobs_.insert(id, std::move(job));
  });
  for_each([&] {
    Reservation reservation;
    reader(reservation);
    const JobId id = reservation.job;
    state.reservations_.emplace(id, std::move(reservation));
  });
  for_each([&] {
    JobId job;
    reader(job);
    reader(state.dependents_[job]);
  });
  for_each([&] {
    NodeId node;
    reader(node);
    reader(state.faults_[node]);
  });
  for_each([&] {
    UserUsage::Key key;
    UsageAccount account;
    reader(key);
    reader(account);
    state.user_usage_.insert(key, account);
  });
  for_each([&] {
    Window window;
    reader(window);
    const WindowId id = window.id;
    state.windows_.emplace(id, std::move(window));
  });
  for_each([&] {
    JobId array;
    reader(array);
    reader(state.arrays_[array]);
  });
  if (!reader.is_done()) return std::nullopt;
  return state;
}

}  // namespace dure
