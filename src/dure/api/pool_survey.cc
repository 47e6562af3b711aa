#include "dure/api/pool_survey.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "dure/api/node_outlook.h"
#include "dure/fleet/outlook.h"

namespace dure::api {
namespace {

const std::vector<std::int16_t> no_devices;

// Finds the most tasks in one domain of each level, as far as segments or a spread let them lie there: nodes come in
// order, and ends of domains are told.
class Tally {
 public:
  explicit Tally(const Placing& placing) : placing_(placing) {}

  void add(std::uint64_t tasks) {
    tasks = allowed(tasks, Level::node);
    best_[Level::node] = std::max(best_[Level::node], tasks);
    rack_ += tasks;
  }
  void end_rack() {
    rack_ = allowed(rack_, Level::rack);
    best_[Level::rack] = std::max(best_[Level::rack], rack_);
    block_ += rack_;
    rack_ = 0;
  }
  void end_block() {
    block_ = allowed(block_, Level::block);
    best_[Level::block] = std::max(best_[Level::block], block_);
    best_[Level::site] += block_;
    block_ = 0;
  }
  const Best& best() const { return best_; }

 private:
  std::uint64_t allowed(std::uint64_t tasks, Level level) const {
    return placing_.ruled_level() == level ? placing_.allowed(tasks) : tasks;
  }

  Placing placing_;
  Best best_;
  std::uint64_t rack_ = 0;
  std::uint64_t block_ = 0;
};

NodeAmounts amounts_of(const FreeRoom& free, const std::vector<std::int16_t>& devices) {
  NodeAmounts amounts{.cpu_milli = free.cpu_milli, .memory_mib = free.memory_mib};
  std::copy(devices.begin(), devices.end(), amounts.gpu_milli.begin());
  for_each_device(free.idle, [&](std::uint32_t device) { amounts.gpu_milli[device] = whole; });
  return amounts;
}

// All that one pass over the nodes of a pool finds.
class Surveyor {
 public:
  Surveyor(const View& view, PoolId pool, const Placing& placing, const Rooms& rooms, const Barred& barred)
      : view_(view),
        pool_(view.fleet->pool(pool)),
        demand_(placing.per_task),
        barred_(barred),
        count_(view, pool, placing.per_task, rooms),
        now_(placing),
        lasting_(placing),
        now_with_down_(placing),
        lasting_with_down_(placing) {}

  PoolSurvey run() {
    const NodeRooms* group = nullptr;
    std::uint32_t node = pool_.first_node.value;
    for (std::uint32_t block = 0; block < pool_.spec.blocks; ++block) {
      for (std::uint32_t rack = 0; rack < pool_.spec.racks_per_block; ++rack) {
        for (std::uint32_t n = 0; n < pool_.spec.nodes_per_rack; ++n, ++node) {
          const std::size_t place = node % nodes_per_group;
          if (group == nullptr || place == 0) group = view_.rooms.find(node / nodes_per_group);
          if (!barred_.is_barred(node - pool_.first_node.value)) look_at(NodeId{node}, (*group)[place]);
        }
        for_all([](Tally& tally) { tally.end_rack(); });
      }
      for_all([](Tally& tally) { tally.end_block(); });
    }
    out_.now = now_.best();
    out_.lasting = lasting_.best();
    out_.now_with_down = now_with_down_.best();
    out_.lasting_with_down = lasting_with_down_.best();
    return std::move(out_);
  }

 private:
  template <class Function>
  void for_all(Function&& function) {
    for (Tally* tally : {&now_, &lasting_, &now_with_down_, &lasting_with_down_}) function(*tally);
  }

  void look_at(NodeId node, const NodeRoom& room) {
    if (!room.takes_work()) return look_at_down(node, room);
    out_.sick_gpus += static_cast<std::uint32_t>(std::popcount(room.sick));
    out_.free_cpu_milli += room.now.cpu_milli;
    out_.free_memory_mib += room.now.memory_mib;
    const bool is_full = room.now.idle == 0 && room.sick_idle == 0 && !(demand_.is_fraction() && room.is_shared);
    if (is_full && demand_.gpu_milli > 0) return;
    out_.free_gpu_milli += std::int64_t{std::popcount(room.now.idle)} * whole + shares_on(node, room);
    const std::uint64_t now = count_.now(node, room);
    const std::uint64_t stays = room.is_promised ? count_.lasting(node, room) : now;
    out_.wherever += now;
    now_.add(now);
    lasting_.add(stays);
    add_with_down(node, room, now, stays);
    add_why_not_more(node, room, now);
  }
  // If its sick devices took work, too, on which nothing is promised.
  void add_with_down(NodeId node, NodeRoom room, std::uint64_t now, std::uint64_t stays) {
    if (room.sick_idle != 0) {
      room.now.idle |= room.sick_idle;
      room.lasting.idle |= room.sick_idle;
      now = count_.now(node, room);
      stays = room.is_promised ? count_.lasting(node, room) : now;
    }
    now_with_down_.add(now);
    lasting_with_down_.add(stays);
  }
  void add_why_not_more(NodeId node, const NodeRoom& room, std::uint64_t now) {
    const std::uint64_t by_devices = count_.by_devices(node, room);
    out_.by_devices += by_devices;
    out_.by_cpus += by_devices > now ? count_.by_cpus(node, room) : now;
    if (now > 0 || by_devices == 0) return;
    if (room.now.cpu_milli < demand_.cpu_milli) ++out_.lack_cpus;
    if (pool_.spec.memory_mib > 0 && room.now.memory_mib < demand_.memory_mib) ++out_.lack_memory;
  }
  void look_at_down(NodeId node, const NodeRoom& room) {
    const std::uint64_t now = count_.now(node, room);
    add_with_down(node, room, now, room.is_promised ? count_.lasting(node, room) : now);
    if (room.is_lost) {
      ++out_.lost;
    } else {
      out_.drained.push_back(node);
    }
  }
  std::int64_t shares_on(NodeId node, const NodeRoom& room) const {
    if (!demand_.is_fraction() || !room.is_shared) return 0;
    std::int64_t shares = 0;
    for (const std::int16_t milli : view_.nodes.find(node.index())->devices_now) shares += milli < whole ? milli : 0;
    return shares;
  }

  const View& view_;
  const Pool& pool_;
  Demand demand_;
  Barred barred_;
  NodeCounter count_;
  PoolSurvey out_;
  Tally now_;
  Tally lasting_;
  Tally now_with_down_;
  Tally lasting_with_down_;
};

}  // namespace

const std::vector<std::int16_t>& NodeCounter::devices(NodeId node, const NodeRoom& room, bool lasts) const {
  if (!room.is_shared) return no_devices;
  const NodeRow* row = view_.nodes.find(node.index());
  return lasts ? row->devices_lasting : row->devices_now;
}

std::uint64_t NodeCounter::tasks_in(const FreeRoom& free, const std::vector<std::int16_t>& devices,
                                    const Demand& demand) const {
  Room room{.cpu_milli = free.cpu_milli,
            .memory_mib = free.memory_mib,
            .idle = free.idle,
            .counts_memory = pool_.spec.memory_mib > 0,
            .devices = devices.data()};
  for (std::size_t device = 0; device < devices.size(); ++device) {
    if (devices[device] > 0 && devices[device] < whole) room.partial |= std::uint64_t{1} << device;
  }
  return std::min<std::uint64_t>(room.tasks_that_fit(demand), static_cast<std::uint64_t>(pool_.most_tasks_per_node()));
}

std::uint64_t NodeCounter::tasks_in(const NodeAmounts& free) const {
  FreeRoom room{.cpu_milli = std::max<std::int64_t>(free.cpu_milli, 0),
                .memory_mib = std::max<std::int64_t>(free.memory_mib, 0)};
  std::vector<std::int16_t> devices(free.gpu_milli.begin(), free.gpu_milli.begin() + pool_.spec.gpus_per_node);
  for (std::size_t device = 0; device < devices.size(); ++device) {
    if (devices[device] == whole) room.idle |= std::uint64_t{1} << device;
  }
  return tasks_in(room, devices, demand_);
}

std::uint64_t NodeCounter::now(NodeId node, const NodeRoom& room, const Demand& demand) const {
  return tasks_in(room.now, demand.is_fraction() ? devices(node, room, false) : no_devices, demand);
}

std::uint64_t NodeCounter::now(NodeId node, const NodeRoom& room) const { return now(node, room, demand_); }

std::uint64_t NodeCounter::by_cpus(NodeId node, const NodeRoom& room) const {
  return now(node, room, {.gpu_milli = demand_.gpu_milli, .cpu_milli = demand_.cpu_milli});
}

std::uint64_t NodeCounter::by_devices(NodeId node, const NodeRoom& room) const {
  return now(node, room, {.gpu_milli = demand_.gpu_milli});
}

std::uint64_t NodeCounter::lasting(NodeId node, const NodeRoom& room) const {
  if (!rooms_.empty()) {
    const auto own = rooms_.find(node);
    if (own != rooms_.end()) {
      NodeAmounts amounts = own->second;
      for_each_device(room.lasting.idle & room.sick, [&](std::uint32_t device) { amounts.gpu_milli[device] = whole; });
      return tasks_in(amounts);
    }
  }
  return tasks_in(room.lasting, demand_.is_fraction() ? devices(node, room, true) : no_devices, demand_);
}

std::uint64_t NodeCounter::with(NodeId node, const NodeAmounts& more) const {
  const NodeRoom& room = view_.room_of(node);
  NodeAmounts amounts = amounts_of(room.now, devices(node, room, false));
  amounts.add(more, pool_.spec.gpus_per_node);
  for_each_device(room.sick, [&](std::uint32_t device) { amounts.gpu_milli[device] = 0; });
  return tasks_in(amounts);
}

PoolSurvey survey(const View& view, PoolId pool, const Placing& placing, const Rooms& rooms, const Barred& barred) {
  return Surveyor(view, pool, placing, rooms, barred).run();
}

Rooms own_rooms(const View& view, const JobRow& row) {
  Rooms rooms;
  const std::uint32_t devices = view.fleet->pool(row.promise->pool).spec.gpus_per_node;
  std::vector<TimedPlacement> held;
  std::vector<TimedPlacement> promised;
  for (const Placement& placement : row.promise->allocation) {
    const NodeId node = placement.node;
    if (rooms.contains(node)) continue;
    held.clear();
    promised.clear();
    const NodeRow& on = *view.nodes.find(node.index());
    for (const JobId id : on.jobs) {
      const JobRow& other = *view.jobs.find(id.index());
      append_on(node, other.job.leaves(), other.job.allocation, other.shape.per_task, held);
    }
    for (const JobId id : on.promised) {
      const JobRow& other = *view.jobs.find(id.index());
      if (id == row.job.id) continue;
      const Time from = kept_from(other.promise->promise, other.promise->from);
      append_on(node, from, other.promise->allocation, other.shape.per_task, promised);
    }
    NodeAmounts& stays = rooms[node];
    stays = lasting(amounts_of(view.room_of(node).now, on.devices_now), held, promised, devices);
    for_each_device(on.sick, [&](std::uint32_t device) { stays.gpu_milli[device] = 0; });
  }
  return rooms;
}

}  // namespace dure::api
