#include "dure/fleet/outlook.h"

#include <algorithm>
#include <utility>

#include "dure/base/assert.h"

namespace dure {
namespace {

bool is_first_on_its_node(const Allocation& allocation, std::size_t i) {
  return i == 0 || allocation[i - 1].node != allocation[i].node;
}

}  // namespace

Outlook::Slot& Outlook::slot(NodeId node) {
  std::uint32_t& place = slot_of_[local(node)];
  if (place == 0) {
    if (free_slots_.empty()) {
      slots_.emplace_back();
      place = static_cast<std::uint32_t>(slots_.size());
    } else {
      place = free_slots_.back();
      free_slots_.pop_back();
    }
  }
  return slots_[place - 1];
}

void Outlook::drop_if_plain(NodeId node) {
  std::uint32_t& place = slot_of_[local(node)];
  Slot& slot = slots_[place - 1];
  if (!slot.horizons.empty() || slot.stops > 0) return;
  slot.stopping = {};
  free_slots_.push_back(place);
  place = 0;
}

// Requires that there is one of that time.
Outlook::Horizon& Outlook::horizon(Slot& slot, Time from) {
  const auto found = std::lower_bound(slot.horizons.begin(), slot.horizons.end(), from,
                                      [](const Horizon& at, Time time) { return at.from < time; });
  DURE_ASSERT(found != slot.horizons.end() && found->from == from);
  return *found;
}

// Returns whether some node has a horizon now that knows of nothing that leaves by then.
bool Outlook::open(JobId job, Time from, const Allocation& allocation, const Demand& demand) {
  const bool is_new = promises_.emplace(job, Promise{from, allocation, demand}).second;
  DURE_ASSERT(is_new);
  for (std::size_t i = 0; i < allocation.size(); ++i) {
    Slot& at = slot(allocation[i].node);
    auto found = std::lower_bound(at.horizons.begin(), at.horizons.end(), from,
                                  [](const Horizon& known, Time time) { return known.from < time; });
    if (found == at.horizons.end() || found->from != from) {
      found = at.horizons.insert(found, {.from = from, .stopped = at.stopping});
      fresh_.push_back(allocation[i].node);
    }
    if (is_first_on_its_node(allocation, i)) ++found->promises;
    found->claimed.add(allocation[i], demand, 1);
  }
  return !fresh_.empty();
}

void Outlook::note_leaving(Time from, const Placement& placement, const Demand& demand, bool is_stopping) {
  if (!std::binary_search(fresh_.begin(), fresh_.end(), placement.node)) return;
  Horizon& fresh = horizon(slot(placement.node), from);
  fresh.left.add(placement, demand, 1);
  if (is_stopping) fresh.stopped.add(placement, demand, -1);
}

Allocation Outlook::withdraw(JobId job) {
  count(job, false);
  const auto promise = promises_.find(job);
  Allocation allocation = std::move(promise->second.allocation);
  for (std::size_t i = 0; i < allocation.size(); ++i) {
    if (!is_first_on_its_node(allocation, i)) continue;
    const NodeId node = allocation[i].node;
    Slot& at = slot(node);
    Horizon& then = horizon(at, promise->second.from);
    if (--then.promises == 0) at.horizons.erase(at.horizons.begin() + (&then - at.horizons.data()));
    drop_if_plain(node);
  }
  promises_.erase(promise);
  return allocation;
}

const Allocation& Outlook::count(JobId job, bool counts) {
  Promise& promise = promises_.at(job);
  if (promise.counts != counts) {
    promise.counts = counts;
    for (const Placement& placement : promise.allocation) {
      horizon(slot(placement.node), promise.from).claimed.add(placement, promise.demand, counts ? 1 : -1);
    }
  }
  return promise.allocation;
}

void Outlook::change(const Placement& placement, const Demand& demand, Departure leaves, int times) {
  if (!leaves.is_stopping && is_plain(placement.node)) return;
  Slot& at = slot(placement.node);
  for (Horizon& horizon : at.horizons) {
    if (leaves.end <= horizon.from) {
      horizon.left.add(placement, demand, times);
    } else if (leaves.is_stopping) {
      horizon.stopped.add(placement, demand, times);
    }
  }
  if (!leaves.is_stopping) return;
  at.stopping.add(placement, demand, times);
  at.stops = times > 0 ? at.stops + 1 : at.stops - 1;
  drop_if_plain(placement.node);
}

void Outlook::stops(const Placement& placement, const Demand& demand, Time end, Time by) {
  Slot& at = slot(placement.node);
  for (Horizon& horizon : at.horizons) {
    if (horizon.from < end) (by <= horizon.from ? horizon.left : horizon.stopped).add(placement, demand, 1);
  }
  at.stopping.add(placement, demand, 1);
  ++at.stops;
}

NodeAmounts Outlook::free_now(NodeId node) const {
  const Room now = occupancy_.room(node);
  NodeAmounts free{.cpu_milli = now.cpu_milli, .memory_mib = now.memory_mib};
  for (std::uint32_t device = 0; device < pool_.spec.gpus_per_node; ++device) {
    free.gpu_milli[device] = static_cast<std::int16_t>(now.free_milli(device));
  }
  return free;
}

Room Outlook::lasting(NodeId node) const { return least(node, Stops::pending); }

Room Outlook::after_stops(NodeId node) const { return least(node, Stops::done); }

// The least of what is free now and at every horizon. What leaves a sick device leaves no room there.
Room Outlook::least(NodeId node, Stops stops) const {
  const std::uint32_t devices = pool_.spec.gpus_per_node;
  NodeAmounts now = free_now(node);  // less what was promised by the horizon at hand
  scratch_ = now;
  if (stops == Stops::done) scratch_.add(slot(node).stopping, devices);
  for (const Horizon& horizon : slot(node).horizons) {
    now.take(horizon.claimed, devices);
    NodeAmounts then = now;
    then.add(horizon.left, devices);
    if (stops == Stops::done) then.add(horizon.stopped, devices);
    scratch_.lower_to(then, devices);
  }
  Room room{.cpu_milli = std::max<std::int64_t>(scratch_.cpu_milli, 0),
            .memory_mib = std::max<std::int64_t>(scratch_.memory_mib, 0),
            .counts_memory = pool_.spec.memory_mib > 0,
            .devices = scratch_.gpu_milli.data()};
  for_each_device(occupancy_.sick(node), [&](std::uint32_t device) { scratch_.gpu_milli[device] = 0; });
  for (std::uint32_t device = 0; device < devices; ++device) {
    std::int16_t& milli = scratch_.gpu_milli[device];
    milli = std::max<std::int16_t>(milli, 0);
    if (milli == whole) room.idle |= std::uint64_t{1} << device;
    if (milli > 0 && milli < whole) room.partial |= std::uint64_t{1} << device;
  }
  return room;
}

}  // namespace dure
