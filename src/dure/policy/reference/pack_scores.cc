#include "dure/policy/reference/pack_scores.h"

#include <algorithm>
#include <bit>
#include <map>
#include <vector>

namespace dure {
namespace {

using Score = ScoreBoard::Score;

// What a node is measured by: the largest there are in the published cluster.
constexpr std::int64_t most_cpu = 128'000;
constexpr std::int64_t most_gpu = 8'000;

class BestFit final : public NodeScore {
  // 100 (1 - left CPU / 2 most_cpu - left GPU / 2 most_gpu), over the common denominator.
  Score score(const NodeView& node, const Shape& shape) override {
    const std::int64_t cpu_left = node.room.cpu_milli - shape.per_task.cpu_milli;
    const std::int64_t gpu_left = idle_milli(node.room) - shape.per_task.gpu_milli;
    constexpr std::int64_t one = 2 * most_cpu * most_gpu;
    return 100 * (one - cpu_left * most_gpu - gpu_left * most_cpu) / one;
  }
};

class DotProduct final : public NodeScore {
  // 100 (1 - (free CPU x CPU / most_cpu^2 + free GPU x GPU / most_gpu^2) / 2), over the common denominator: CPUs in
  // units of 16 GPU thousandths, as most_cpu is 16 times most_gpu.
  Score score(const NodeView& node, const Shape& shape) override {
    constexpr std::int64_t ratio = most_cpu / most_gpu;
    constexpr std::int64_t one = 2 * most_cpu * most_cpu;
    const std::int64_t cpu = node.room.cpu_milli * shape.per_task.cpu_milli;
    const std::int64_t gpu = idle_milli(node.room) * shape.per_task.gpu_milli * ratio * ratio;
    return 100 * (one - cpu - gpu) / one;
  }
};

class Packing final : public NodeScore {
  Score score(const NodeView& node, const Shape& shape) override {
    if (shape.per_task.gpu_milli == 0) return 0;
    const int idle = std::popcount(node.room.idle);
    if (static_cast<std::uint32_t>(idle) == node.spec.gpus_per_node) return std::max(33 - idle, idle);
    used_.clear();
    place(node, shape, used_);
    std::int64_t wholly_free = 0;
    std::int64_t free_percent = 0;
    for (const Placement& placement : used_) {
      wholly_free += std::popcount(placement.gpus & node.room.idle);
      for_each_device(placement.gpus,
                      [&](std::uint32_t device) { free_percent += node.room.free_milli(device) * 100 / whole; });
    }
    if (wholly_free > 0) return std::max<Score>(50 - wholly_free, 33);
    return std::max<Score>(100 - free_percent / 10, 50);
  }

  Allocation used_;  // scratch
};

class Clustering final : public NodeScore {
  Score score(const NodeView& node, const Shape& shape) override {
    if (shape.per_task.gpu_milli == 0) return 0;
    return hosts(node.id, class_of(shape.per_task)) + 25 * (most_gpu - idle_milli(node.room)) / most_gpu;
  }

  void reset(const Fleet& fleet) override { hosted_.assign(fleet.node_count(), {}); }

  void on_change(NodeId node, const Demand& demand, Change change) override {
    if (demand.gpu_milli == 0) return;
    auto& hosted = hosted_[node.index()];
    std::uint32_t& pods = hosted[class_of(demand)];
    pods += change == Change::placed ? 1 : static_cast<std::uint32_t>(-1);
    if (pods == 0) hosted.erase(class_of(demand));
  }

  // 0 for a share of one GPU, else the number of GPUs.
  static std::int64_t class_of(const Demand& demand) { return demand.whole_gpus(); }

  Score hosts(NodeId node, std::int64_t pod_class) const {
    const auto& hosted = hosted_[node.index()];
    if (hosted.empty()) return 25;
    if (!hosted.contains(pod_class)) return 0;
    return hosted.size() == 1 ? 75 : 50;
  }

  std::vector<std::map<std::int64_t, std::uint32_t>> hosted_;  // by NodeId: how many pods of a class it holds
};

}  // namespace

std::unique_ptr<NodeScore> best_fit_score() { return std::make_unique<BestFit>(); }
std::unique_ptr<NodeScore> dot_product_score() { return std::make_unique<DotProduct>(); }
std::unique_ptr<NodeScore> packing_score() { return std::make_unique<Packing>(); }
std::unique_ptr<NodeScore> clustering_score() { return std::make_unique<Clustering>(); }

}  // namespace dure
