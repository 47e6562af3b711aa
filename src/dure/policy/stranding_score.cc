#include "dure/policy/stranding_score.h"

#include <algorithm>
#include <bit>
#include <boost/unordered/unordered_flat_map.hpp>
#include <limits>
#include <map>
#include <vector>

#include "dure/base/assert.h"
#include "dure/policy/node_fills.h"
#include "dure/policy/pod_mix.h"
#include "dure/work/eligible.h"

namespace dure {
namespace {

using Score = ScoreBoard::Score;

constexpr std::int64_t unknown = std::numeric_limits<std::int64_t>::min();

struct HashOfHash {
  using is_avalanching = void;
  std::size_t operator()(const Hash128& hash) const { return hash.low; }
};

// The different rooms of nodes, numbered as they come; with their values.
class Rooms {
 public:
  std::uint32_t number_of(const FreeNode& room) {
    const auto [found, is_new] = numbers_.try_emplace(room.hash(), static_cast<std::uint32_t>(rooms_.size()));
    if (is_new) rooms_.push_back({.room = room});
    return found->second;
  }
  const FreeNode& operator[](std::uint32_t number) const { return rooms_[number].room; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(rooms_.size()); }

  // How many nodes are such.
  std::int64_t& nodes(std::uint32_t number) { return rooms_[number].nodes; }

  std::int64_t stranded(std::uint32_t number, const NodeFills& fills) {
    Known& known = rooms_[number];
    if (known.stranded == unknown) known.stranded = fills.stranded(known.room);
    return known.stranded;
  }

 private:
  struct Known {
    FreeNode room;
    std::int64_t nodes = 0;
    std::int64_t stranded = unknown;
  };
  boost::unordered_flat_map<Hash128, std::uint32_t, HashOfHash> numbers_;
  std::vector<Known> rooms_;
};

class Stranding final : public NodeScore {
 public:
  Stranding(const TypicalPods& given, Random random) : given_(given), random_(random), mix_(given) {}

  void reset(const Fleet& fleet) override {
    mix_ = PodMix(given_);
    pool_of_.clear();
    room_of_.clear();
    rooms_ = {};
    pools_ = fleet.pools().size();
    find_groups();
    for (std::uint32_t n = 0; n < fleet.node_count(); ++n) {
      const PoolId pool = fleet.pool_of(NodeId{n});
      pool_of_.push_back(pool);
      room_of_.push_back(rooms_.number_of(empty_node(fleet.pool(pool).spec, group_of_[pool.index()])));
      ++rooms_.nodes(room_of_.back());
    }
    begin();
  }

  bool on_arrival(const Shape& shape) override {
    mix_.add(shape);
    // In a small part of a fleet's fill, and soon where nothing is known yet.
    const bool is_due = ++since_look_ * looks >= room_of_.size() || std::has_single_bit(mix_.arrived());
    if (!is_due) return false;
    since_look_ = 0;
    if (mix_.kinds().size() == kinds_.size() && !have_changed(weights())) return false;
    begin();
    return true;
  }

  void on_room(const NodeView& node) override {
    std::uint32_t& room = room_of_[node.id.index()];
    const std::uint32_t was = room;
    room = rooms_.number_of(FreeNode(node.room, node.spec.gpus_per_node, group_of_[node.pool.index()]));
    if (room == was) return;
    --rooms_.nodes(was);
    ++rooms_.nodes(room);
    count(rooms_[was], -1);
    count(rooms_[room], 1);
  }

  void prepare(const Shape& shape) override { gains_ = &gains_of_[shape]; }

  Score score(const NodeView& node, const Shape& shape) override {
    const std::uint32_t room = room_of_[node.id.index()];
    if (room >= gains_->size()) gains_->resize(rooms_.size(), unknown);
    if ((*gains_)[room] == unknown) {
      const Score gain = rooms_.stranded(room, fills_) - best_device(room, shape.per_task).stranded;
      (*gains_)[room] = gain;
    }
    return (*gains_)[room];
  }

  void place(const NodeView& node, const Shape& shape, Allocation& out) override {
    const Demand& demand = shape.per_task;
    if (!demand.is_fraction()) return node.room.choose(node.id, demand, 1, out);
    const std::int16_t free = best_device(room_of_[node.id.index()], demand).free;
    std::uint32_t device = 0;
    while (node.room.free_milli(device) != free) ++device;
    out.push_back({.node = node.id, .tasks = 1, .gpus = std::uint64_t{1} << device, .gpu_milli = demand.gpu_milli});
  }

 private:
  // Looks at the weights while a fleet is filled once with pods of a node each.
  static constexpr std::uint64_t looks = 64;

  struct Choice {
    std::int64_t stranded = std::numeric_limits<std::int64_t>::max();
    std::int16_t free = 0;  // of the device, before
  };

  static FreeNode empty_node(const PoolSpec& spec, std::uint32_t group) {
    return FreeNode({.cpu_milli = spec.cpu_milli,
                     .memory_mib = spec.memory_mib,
                     .idle = all_devices(spec.gpus_per_node),
                     .counts_memory = spec.memory_mib > 0},
                    spec.gpus_per_node, group);
  }

  // Of the devices with as much left one is tried, those with least first.
  Choice best_device(std::uint32_t number, const Demand& demand) {
    const FreeNode room = rooms_[number];
    if (!demand.is_fraction()) return {.stranded = stranded_after(room, demand, 0)};
    Choice best;
    std::int16_t tried = 0;
    for (std::size_t i = room.devices; i-- > 0;) {
      const std::int16_t free = room.milli[i];
      if (free < demand.gpu_milli || free == tried) continue;
      tried = free;
      const std::int64_t after = stranded_after(room, demand, free);
      if (after < best.stranded) best = {after, free};
    }
    DURE_ASSERT(tried > 0);
    return best;
  }

  std::int64_t stranded_after(const FreeNode& room, const Demand& demand, std::int16_t on) {
    return rooms_.stranded(rooms_.number_of(room.without(demand, on)), fills_);
  }

  // Pools to which the same kinds may go are one group.
  void find_groups() {
    std::map<std::vector<bool>, std::uint32_t> groups;
    group_of_.clear();
    allowed_.clear();
    for (std::size_t p = 0; p < pools_; ++p) {
      std::vector<bool> allowed;
      for (const PodMix::Kind& kind : mix_.kinds()) allowed.push_back(is_among(kind.pools, id_of<PoolTag>(p)));
      const auto [found, is_new] = groups.try_emplace(allowed, static_cast<std::uint32_t>(groups.size()));
      if (is_new) allowed_.push_back(std::move(allowed));
      group_of_.push_back(found->second);
    }
  }

  // All of it with the groups as they are now; rooms that no node has any more are forgotten.
  void number_rooms() {
    Rooms rooms;
    for (std::size_t n = 0; n < room_of_.size(); ++n) {
      FreeNode room = rooms_[room_of_[n]];
      room.group = group_of_[pool_of_[n].index()];
      room_of_[n] = rooms.number_of(room);
      ++rooms.nodes(room_of_[n]);
    }
    rooms_ = std::move(rooms);
  }

  // For how many pods of each kind the fleet has room.
  void count_fits() {
    find_groups();
    number_rooms();
    gains_of_.clear();
    kinds_ = mix_.kinds();
    fits_.assign(kinds_.size(), 0);
    for (std::uint32_t room = 0; room < rooms_.size(); ++room) count(rooms_[room], rooms_.nodes(room));
  }

  void count(const FreeNode& room, std::int64_t nodes) {
    for (std::size_t k = 0; k < kinds_.size(); ++k) {
      if (allowed_[room.group][k]) fits_[k] += nodes * room.tasks_that_fit(kinds_[k].demand);
    }
  }

  // Nothing of what fits nowhere comes. The last few places for a kind count alike.
  std::vector<std::uint64_t> weights() const {
    const std::int64_t few = static_cast<std::int64_t>(room_of_.size()) / 128 + 1;
    std::vector<std::uint64_t> weights;
    for (std::size_t k = 0; k < kinds_.size(); ++k) {
      const std::uint64_t probability = mix_.probability(mix_.kinds()[k]) << 16;
      weights.push_back(fits_[k] > 0 ? probability / static_cast<std::uint64_t>(fits_[k] + few) : 0);
    }
    return weights;
  }

  bool have_changed(const std::vector<std::uint64_t>& now) const {
    for (std::size_t k = 0; k < now.size(); ++k) {
      if (now[k] * 10 < weights_[k] * 7 || now[k] * 10 > weights_[k] * 13) return true;
    }
    return false;
  }

  // Values everything anew.
  void begin() {
    mix_.learn_memory();
    count_fits();
    weights_ = weights();
    fills_.clear();
    for (const std::vector<bool>& allowed : allowed_) {
      std::vector<NodeFills::Pod> pods;
      for (std::size_t k = 0; k < kinds_.size(); ++k) {
        if (allowed[k]) pods.push_back({.demand = kinds_[k].demand, .weight = weights_[k]});
      }
      Random random = random_;
      fills_.add_group(pods, random);
    }
  }

  TypicalPods given_;
  Random random_;
  PodMix mix_;
  std::uint64_t since_look_ = 0;
  std::size_t pools_ = 0;

  std::vector<std::uint32_t> group_of_;     // by PoolId
  std::vector<std::vector<bool>> allowed_;  // by group and kind
  std::vector<PodMix::Kind> kinds_;         // as of the last count
  std::vector<std::int64_t> fits_;          // by kind
  std::vector<std::uint64_t> weights_;      // by kind, that the fills were drawn with
  NodeFills fills_;

  Rooms rooms_;
  std::vector<PoolId> pool_of_;                   // by NodeId
  std::vector<std::uint32_t> room_of_;            // by NodeId
  std::map<Shape, std::vector<Score>> gains_of_;  // by room; of what has been asked since the values were made
  std::vector<Score>* gains_ = nullptr;
};

}  // namespace

std::unique_ptr<NodeScore> stranding_score(const TypicalPods& given, Random random) {
  return std::make_unique<Stranding>(given, random);
}

}  // namespace dure
