#include "dure/spec/batch_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "dure/fleet/fleet_spec.h"
#include "dure/spec/shape_reader.h"

namespace dure::spec {
namespace {

// One step for each thing that is asked for. A step returns false after it has reported why there is no such part.
class Shaper {
 public:
  Shaper(const BatchOptions& options, std::vector<BatchWarning>& warnings, Mistakes& mistakes)
      : options_(options), warnings_(warnings), mistakes_(mistakes) {}

  std::optional<BatchShape> make() {
    if (!find_tasks() || !find_model() || !find_parts() || !find_gpus() || !find_cpus() || !find_memory()) {
      return std::nullopt;
    }
    return shape_;
  }

 private:
  bool refuse(const Given& given, std::string_view found, std::string_view remedy) {
    mistakes_.add(given.place, given.option, found, remedy);
    return false;
  }

  void warn(const Given& given, std::string text) {
    warnings_.push_back({.place = given.place, .option = given.option, .text = std::move(text)});
  }

  // With -G and --gpus-per-task the one divided by the other says how many tasks there are.
  bool find_tasks() {
    if (options_.tasks) tasks_ = options_.tasks->value;
    if (tasks_ || !options_.gpus || !options_.gpus_per_task || options_.gpus_per_task->value.count == 0) return true;
    const std::uint32_t all = options_.gpus->value.count;
    const std::uint32_t each = options_.gpus_per_task->value.count;
    if (all == 0 || all % each != 0) {
      return refuse(options_.gpus->given, fmt::format("found {} GPUs, in tasks of {}", all, each),
                    "write a multiple, or -n");
    }
    tasks_ = all / each;
    return true;
  }

  bool find_model() {
    for (const Ask<GpuCount>* ask : {&options_.gpus, &options_.gpus_per_node, &options_.gpus_per_task}) {
      if (!*ask || (*ask)->value.model.empty()) continue;
      const std::string& model = (*ask)->value.model;
      if (!shape_.gpu_model.empty() && shape_.gpu_model != model) {
        return refuse((*ask)->given, fmt::format("found the GPU model {}, and {} before", model, shape_.gpu_model),
                      "ask for one model");
      }
      shape_.gpu_model = model;
    }
    return true;
  }

  bool find_parts() {
    if (options_.nodes) return tasks_ ? divide_tasks_among_nodes() : take_nodes();
    if (!tasks_) {
      shape_.tasks_per_part = tasks_per_node().value_or(1);
      return true;
    }
    return tasks_per_node() ? divide_tasks_by_node() : take_tasks();
  }

  std::optional<std::uint32_t> tasks_per_node() const {
    return options_.tasks_per_node ? std::optional(options_.tasks_per_node->value) : std::nullopt;
  }

  bool take_nodes() {
    set_parts(options_.nodes->value, tasks_per_node().value_or(1));
    warn_of_shared_nodes(options_.nodes->given);
    return true;
  }

  bool divide_tasks_among_nodes() {
    const Given& given = options_.nodes->given;
    NodeCount nodes = options_.nodes->value;
    if (nodes.min != nodes.max) {
      return refuse(given, fmt::format("found {} to {} nodes for {} tasks", nodes.min, nodes.max, *tasks_),
                    "write one number of nodes, or --ntasks-per-node in place of -n");
    }
    if (*tasks_ < nodes.min) {
      warn(given, fmt::format("found {} nodes for {} tasks; there will be {}", nodes.min, *tasks_, *tasks_));
      nodes = {.min = *tasks_, .max = *tasks_};
    }
    if (*tasks_ % nodes.min != 0) {
      return refuse(given, fmt::format("found {} nodes for {} tasks", nodes.min, *tasks_),
                    "write numbers that divide evenly: Dure gives every node the same");
    }
    const std::uint32_t each = *tasks_ / nodes.min;
    if (each > tasks_per_node().value_or(each)) {
      return refuse(options_.tasks_per_node->given,
                    fmt::format("found {}, and {} tasks on {} nodes", *tasks_per_node(), *tasks_, nodes.min),
                    fmt::format("write {}, or more nodes", each));
    }
    set_parts(nodes, each);
    warn_of_shared_nodes(given);
    return true;
  }

  // Together with -n it is the most that a node may have.
  bool divide_tasks_by_node() {
    const std::uint32_t most = *tasks_per_node();
    if (*tasks_ > most && *tasks_ % most != 0) {
      return refuse(options_.tasks_per_node->given, fmt::format("found {} for {} tasks", most, *tasks_),
                    "write numbers that divide evenly: Dure gives every node the same");
    }
    const std::uint32_t each = std::min(*tasks_, most);
    set_parts({.min = *tasks_ / each, .max = *tasks_ / each}, each);
    warn_of_shared_nodes(options_.tasks_per_node->given);
    return true;
  }

  // Tasks lie anywhere, unless something is counted by node: then all of them lie on one, the fewest that -n allows.
  bool take_tasks() {
    const Given* of_node = counted_by_node();
    if (of_node == nullptr || *tasks_ == 1) {
      set_parts({.min = *tasks_, .max = *tasks_}, 1);
      return true;
    }
    set_parts({}, *tasks_);
    warn(*of_node,
         fmt::format("all {} tasks will lie on one node, for which this is counted; add -N to spread them", *tasks_));
    return true;
  }

  const Given* counted_by_node() const {
    if (options_.gpus_per_node && options_.gpus_per_node->value.count > 0) return &options_.gpus_per_node->given;
    if (options_.memory && options_.memory->value.per == MemoryAmount::Per::node) return &options_.memory->given;
    if (options_.gpus && options_.gpus->value.count % *tasks_ != 0) return &options_.gpus->given;
    return nullptr;
  }

  void set_parts(NodeCount parts, std::uint32_t tasks_each) {
    shape_.parts_min = parts.min;
    shape_.parts_max = parts.max;
    shape_.tasks_per_part = tasks_each;
  }

  void warn_of_shared_nodes(const Given& given) {
    if (shape_.parts_max > 1) warn(given, "two of these may lie on one node, where it has room for both");
  }

  bool find_gpus() {
    std::array<Counted, 3> counted;
    if (options_.gpus_per_node) counted[0] = {&options_.gpus_per_node->given, options_.gpus_per_node->value.count};
    if (options_.gpus_per_task) {
      counted[1] = {&options_.gpus_per_task->given,
                    std::uint64_t{options_.gpus_per_task->value.count} * shape_.tasks_per_part};
    }
    if (options_.gpus && !divide_gpus(counted[2])) return false;
    const Counted* first = nullptr;
    for (const Counted& each : counted) {
      if (each.given == nullptr) continue;
      if (first != nullptr && first->count != each.count) {
        return refuse(*each.given,
                      fmt::format("found {} GPUs a node, and {} by {}", each.count, first->count, first->given->option),
                      "keep one of them");
      }
      first = &each;
    }
    if (first == nullptr) return true;
    if (first->count > most_gpus_per_node) {
      return refuse(*first->given, fmt::format("found {} GPUs on one node", first->count),
                    "write with -N on how many nodes they are");
    }
    shape_.per_part.gpu_milli = static_cast<std::int64_t>(first->count) * whole;
    return true;
  }

  struct Counted {
    const Given* given = nullptr;
    std::uint64_t count = 0;  // GPUs of one part
  };

  bool divide_gpus(Counted& into) {
    const Given& given = options_.gpus->given;
    const std::uint32_t all = options_.gpus->value.count;
    if (shape_.parts_min != shape_.parts_max) {
      return refuse(given, fmt::format("found {} GPUs on {} to {} nodes", all, shape_.parts_min, shape_.parts_max),
                    "write --gpus-per-node in its place");
    }
    if (all % shape_.parts_min != 0) {
      return refuse(given, fmt::format("found {} GPUs on {} nodes", all, shape_.parts_min),
                    "write numbers that divide evenly: Dure gives every node the same");
    }
    into = {&given, all / shape_.parts_min};
    return true;
  }

  bool find_cpus() {
    constexpr std::uint64_t most_cpus = 65'536;
    CpuCount cpus;
    if (options_.cpus) cpus = options_.cpus->value;
    const bool is_per_gpu = cpus.per == CpuCount::Per::gpu;
    if (is_per_gpu && gpus() == 0) return refuse(options_.cpus->given, "found no GPUs", "ask for some, or write -c");
    const std::uint64_t all = std::uint64_t{cpus.count} * (is_per_gpu ? gpus() : shape_.tasks_per_part);
    if (all > most_cpus) {
      const Given& given = options_.cpus             ? options_.cpus->given
                           : options_.tasks          ? options_.tasks->given
                           : options_.tasks_per_node ? options_.tasks_per_node->given
                                                     : options_.gpus_per_task->given;
      return refuse(given, fmt::format("found {} CPUs on one node", all), "write with -N on how many nodes they are");
    }
    shape_.per_part.cpu_milli = static_cast<std::int64_t>(all) * whole;
    return true;
  }

  bool find_memory() {
    constexpr std::int64_t most_mib = std::int64_t{1} << 40;
    if (!options_.memory) return true;
    const Given& given = options_.memory->given;
    const auto [per, mib] = options_.memory->value;
    if (per == MemoryAmount::Per::gpu && gpus() == 0) {
      return refuse(given, "found no GPUs", "ask for some, or write --mem or --mem-per-cpu");
    }
    const std::int64_t times = per == MemoryAmount::Per::cpu   ? shape_.per_part.cpu_milli / whole
                               : per == MemoryAmount::Per::gpu ? static_cast<std::int64_t>(gpus())
                                                               : 1;
    if (mib > most_mib / times) return refuse(given, "found more than an exbibyte on one node", "write less");
    shape_.per_part.memory_mib = mib * times;
    return true;
  }

  std::uint64_t gpus() const { return static_cast<std::uint64_t>(shape_.per_part.gpu_milli / whole); }

  const BatchOptions& options_;
  std::vector<BatchWarning>& warnings_;
  Mistakes& mistakes_;
  std::optional<std::uint32_t> tasks_;
  BatchShape shape_;
};

}  // namespace

std::optional<BatchShape> make_batch_shape(const BatchOptions& options, std::vector<BatchWarning>& warnings,
                                           Mistakes& mistakes) {
  return Shaper(options, warnings, mistakes).make();
}

}  // namespace dure::spec
