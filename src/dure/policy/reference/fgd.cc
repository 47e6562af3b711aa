#include "dure/policy/reference/fgd.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "dure/base/assert.h"

namespace dure {
namespace {

using Score = ScoreBoard::Score;

// What is free on a node.
struct Free {
  std::int64_t cpu_milli = 0;
  std::uint32_t devices = 0;
  std::array<std::int16_t, most_gpus_per_node> milli{};

  explicit Free(const NodeView& node) : cpu_milli(node.room.cpu_milli), devices(node.spec.gpus_per_node) {
    for (std::uint32_t i = 0; i < devices; ++i) milli[i] = static_cast<std::int16_t>(node.room.free_milli(i));
  }
};

// What a typical pod asks for on nodes of one pool.
struct Wanted {
  enum class Kind : std::uint8_t { no_gpu, wrong_model, gpu };
  Kind kind = Kind::gpu;
  std::int64_t cpu_milli = 0;
  std::uint32_t gpus = 0;
  std::uint32_t share = 0;  // index into the distinct amounts of one device
  double probability = 0;
};

// How the devices of a node stand to one amount.
struct Devices {
  std::uint32_t fitting = 0;
  std::int64_t too_little = 0;  // idle thousandths on the others
};

std::int64_t milli_of_each(const Demand& demand) { return std::min(demand.gpu_milli, whole); }
std::uint32_t gpus_of(const Demand& demand) {
  return static_cast<std::uint32_t>((demand.gpu_milli + whole - 1) / whole);
}

class Fgd final : public NodeScore {
 public:
  explicit Fgd(const TypicalPods& typical) : typical_(typical) {
    for (const TypicalPod& pod : typical_.pods) {
      if (pod.demand.gpu_milli > 0) amounts_.push_back(milli_of_each(pod.demand));
    }
    std::sort(amounts_.begin(), amounts_.end());
    amounts_.erase(std::unique(amounts_.begin(), amounts_.end()), amounts_.end());
    devices_.resize(amounts_.size());
  }

  void reset(const Fleet& fleet) override {
    wanted_.clear();
    for (std::size_t i = 0; i < fleet.pools().size(); ++i) wanted_.push_back(wanted_in(id_of<PoolTag>(i)));
    before_.assign(fleet.node_count(), std::numeric_limits<double>::quiet_NaN());
  }

  void on_change(NodeId node, const Demand&, Change) override {
    before_[node.index()] = std::numeric_limits<double>::quiet_NaN();
  }

  Score score(const NodeView& node, const Shape& shape) override { return best(node, shape.per_task).score; }

  void place(const NodeView& node, const Shape& shape, Allocation& out) override {
    if (!shape.per_task.is_fraction()) return node.room.choose(node.id, shape.per_task, 1, out);
    out.push_back({.node = node.id,
                   .tasks = 1,
                   .gpus = std::uint64_t{1} << best(node, shape.per_task).device,
                   .gpu_milli = shape.per_task.gpu_milli});
  }

 private:
  struct Choice {
    Score score = -1;
    std::uint32_t device = 0;
  };

  std::vector<Wanted> wanted_in(PoolId pool) const {
    const auto total = static_cast<double>(typical_.total);
    const auto covered = static_cast<double>(typical_.covered());
    std::vector<Wanted> wanted;
    for (const TypicalPod& pod : typical_.pods) {
      const auto amount = std::lower_bound(amounts_.begin(), amounts_.end(), milli_of_each(pod.demand));
      wanted.push_back({.kind = pod.demand.gpu_milli == 0 ? Wanted::Kind::no_gpu
                                : pod.allows(pool)        ? Wanted::Kind::gpu
                                                          : Wanted::Kind::wrong_model,
                        .cpu_milli = pod.demand.cpu_milli,
                        .gpus = gpus_of(pod.demand),
                        .share = static_cast<std::uint32_t>(amount - amounts_.begin()),
                        .probability = (static_cast<double>(pod.count) / total) / (covered / total)});
    }
    return wanted;
  }

  void look_at_devices(const Free& free) {
    for (std::size_t i = 0; i < amounts_.size(); ++i) {
      Devices& devices = devices_[i] = {};
      for (std::uint32_t d = 0; d < free.devices; ++d) {
        if (free.milli[d] >= amounts_[i]) {
          ++devices.fitting;
        } else {
          devices.too_little += free.milli[d];
        }
      }
    }
  }

  // The expected fragment. Six sums that are added at the end: any other order has other residues.
  double fragment(PoolId pool, const Free& free) {
    look_at_devices(free);
    double all = 0;
    for (std::uint32_t d = 0; d < free.devices; ++d) all += free.milli[d];
    double neither = 0, few_devices = 0, little_cpu = 0, no_gpu = 0, no_gpu_little_cpu = 0, wrong_model = 0;
    for (const Wanted& pod : wanted_[pool.index()]) {
      const bool cpu_fits = free.cpu_milli >= pod.cpu_milli;
      if (pod.kind == Wanted::Kind::no_gpu) {
        (cpu_fits ? no_gpu : no_gpu_little_cpu) += pod.probability * all;
      } else if (pod.kind == Wanted::Kind::wrong_model) {
        wrong_model += pod.probability * all;
      } else if (const Devices& devices = devices_[pod.share]; devices.fitting < pod.gpus) {
        (cpu_fits ? few_devices : neither) += pod.probability * all;
      } else if (cpu_fits) {
        few_devices += pod.probability * static_cast<double>(devices.too_little);
      } else {
        little_cpu += pod.probability * all;
      }
    }
    return ((((neither + few_devices) + little_cpu) + no_gpu) + no_gpu_little_cpu) + wrong_model;
  }

  double fragment_before(const NodeView& node, const Free& free) {
    double& before = before_[node.id.index()];
    if (std::isnan(before)) before = fragment(node.pool, free);
    return before;
  }

  Score score_of(double before, double after) const {
    return static_cast<Score>(100 * (1 / (1 + std::exp(-((before - after) / 1000)))));
  }

  Choice best(const NodeView& node, const Demand& demand) {
    Free free(node);
    const double before = fragment_before(node, free);
    free.cpu_milli -= demand.cpu_milli;
    if (demand.is_fraction()) return best_device(node.pool, free, demand.gpu_milli, before);
    std::int64_t left = demand.whole_gpus();
    for (std::uint32_t d = 0; d < free.devices && left > 0; ++d) {
      if (free.milli[d] == whole) free.milli[d] = 0, --left;
    }
    return {.score = score_of(before, fragment(node.pool, free))};
  }

  // The lowest device among equals; of two with as much left only the lower is tried.
  Choice best_device(PoolId pool, Free free, std::int64_t milli, double before) {
    const std::array<std::int16_t, most_gpus_per_node> was = free.milli;
    Choice best;
    for (std::uint32_t d = 0; d < free.devices; ++d) {
      if (was[d] < milli || std::find(was.begin(), was.begin() + d, was[d]) != was.begin() + d) continue;
      free.milli[d] = static_cast<std::int16_t>(was[d] - milli);
      if (const Score score = score_of(before, fragment(pool, free)); score > best.score) best = {score, d};
      free.milli[d] = was[d];
    }
    DURE_ASSERT(best.score >= 0);
    return best;
  }

  TypicalPods typical_;
  std::vector<std::int64_t> amounts_;        // of one device, distinct
  std::vector<Devices> devices_;             // by amount: scratch
  std::vector<std::vector<Wanted>> wanted_;  // by PoolId, in the order of the list
  std::vector<double> before_;               // by NodeId: its fragment as it is; not a number if unknown
};

}  // namespace

std::unique_ptr<NodeScore> fgd_score(const TypicalPods& typical) { return std::make_unique<Fgd>(typical); }

}  // namespace dure
