#include "dure/spec/shape_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "dure/spec/scalars.h"
#include "dure/spec/suggest.h"
#include "dure/work/eligible.h"

namespace dure::spec {
namespace {

constexpr std::int64_t most_cpus_per_task = 65'536;

std::optional<std::int64_t> read_task_gpus(const Node& node) {
  const auto gpus = read_amount(node);
  if (!gpus) return std::nullopt;
  if (*gpus <= most_gpus_per_node * whole && (*gpus < whole || *gpus % whole == 0)) return gpus;
  node.want(fmt::format("whole GPUs up to {}, or a part of one such as 0.25", most_gpus_per_node));
  return std::nullopt;
}

std::optional<std::int64_t> read_task_cpus(const Node& node) {
  const auto cpus = read_amount(node);
  if (!cpus || *cpus <= most_cpus_per_task * whole) return cpus;
  node.want(fmt::format("a number of CPUs up to {}", most_cpus_per_task));
  return std::nullopt;
}

std::string memory_text(std::int64_t mib) {
  return mib % 1024 == 0 ? fmt::format("{}Gi", mib / 1024) : fmt::format("{}Mi", mib);
}

std::string demand_text(const Demand& demand) {
  std::vector<std::string> parts;
  if (demand.gpu_milli > 0) parts.push_back(amount_text(demand.gpu_milli, "GPU"));
  if (demand.cpu_milli > 0) parts.push_back(amount_text(demand.cpu_milli, "CPU"));
  if (demand.memory_mib > 0) parts.push_back(memory_text(demand.memory_mib));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Pool::most_tasks for the best pool.
struct Most {
  std::int64_t tasks = 0;
  std::optional<std::int64_t> per_node;  // where it is not the nodes that hold no more, but no more is put on one
};

Most most_tasks(const Placing& placing, const Room& room) {
  Most most;
  for (std::size_t i = 0; i < room.fleet.pools().size(); ++i) {
    const PoolId id = id_of<PoolTag>(i);
    if (!is_among(room.pools, id)) continue;
    const Pool& pool = room.fleet.pool(id);
    const std::int64_t per_node = pool.tasks_per_empty_node(placing.per_task);
    const std::int64_t tasks = pool.most_tasks(placing, room.within);
    if (tasks <= most.tasks) continue;
    most = {.tasks = tasks, .per_node = {}};
    if (per_node == pool.most_tasks_per_node()) most.per_node = per_node;
  }
  return most;
}

std::optional<Level> read_inner_level(const Node& node) {
  static const auto read =
      one_of<Level>({{level_names[0], Level::node}, {level_names[1], Level::rack}, {level_names[2], Level::block}});
  return read(node);
}

std::optional<Segments> read_segments(const Node& node) {
  return read_mapping<Segments>(node, "a mapping such as {of: 18, within: rack}", [](Fields& in, Segments& segments) {
    in.need("of", segments.of, integer_in<std::uint32_t>(1, most_tasks_per_job));
    in.need("within", segments.within, read_inner_level);
  });
}

std::optional<Spread> read_spread(const Node& node) {
  return read_mapping<Spread>(node, "a mapping such as {most: 1, over: node}", [](Fields& in, Spread& spread) {
    in.need("most", spread.most, integer_in<std::uint32_t>(1, most_tasks_per_job));
    in.need("over", spread.over, read_inner_level);
  });
}

void refuse_unless_below(const Node& rule, std::string_view key, Level level, Level within) {
  if (level < within) return;
  rule.at(key).refuse(fmt::format("found {}, and all tasks within one {}", to_text(level), to_text(within)),
                      "write a smaller level here, or a larger one for the whole job");
}

// Such as " within one block, in groups of 18 within one rack".
std::string where_text(const Placing& placing, Level within) {
  std::string text = fmt::format(" within one {}", to_text(within));
  if (placing.segments.of > 0) {
    text += fmt::format(", in groups of {} within one {}", placing.segments.of, to_text(placing.segments.within));
  }
  if (placing.spread.most > 0) {
    text += fmt::format(", at most {} to one {}", placing.spread.most, to_text(placing.spread.over));
  }
  return text;
}

std::optional<TenantId> refuse_if_inner(std::optional<TenantId> tenant, const KnownTenants& tenants,
                                        const auto& refuse) {
  if (!tenant || tenants[*tenant].children.empty()) return tenant;
  const auto below = tenants.first_below(*tenant);
  refuse(fmt::format("found {}, which has tenants below it", quote(tenants[*tenant].path)),
         "write the one that the job is for" + (below ? ", such as " + tenants[*below].path : ""));
  return std::nullopt;
}

std::optional<TenantId> find_tenant(std::string_view path, const KnownTenants& tenants, const auto& refuse) {
  const auto tenant = tenants.find(path);
  if (!tenant) refuse("found the unknown tenant " + quote(path), suggest(path, tenants.paths()));
  return tenant;
}

}  // namespace

std::optional<Demand> read_demand(const Node& node) {
  constexpr std::string_view wanted = "a mapping such as {gpus: 8, cpus: 96, memory: 900Gi}";
  return read_mapping<Demand>(node, wanted, [](Fields& in, Demand& demand) {
    const std::size_t mistakes_before = in.node().mistakes().count();
    in.take("gpus", demand.gpu_milli, read_task_gpus);
    in.take("cpus", demand.cpu_milli, read_task_cpus);
    in.take("memory", demand.memory_mib, read_memory);
    if (demand == Demand{} && in.node().mistakes().count() == mistakes_before) {
      in.node().refuse("found a task that asks for nothing", "give it GPUs, CPUs or memory");
    }
  });
}

std::optional<Level> read_level(const Node& node) {
  static const auto read = one_of<Level>({{level_names[0], Level::node},
                                          {level_names[1], Level::rack},
                                          {level_names[2], Level::block},
                                          {level_names[3], Level::site}});
  return read(node);
}

void read_rule(Fields& in, Level within, Segments& segments, Spread& spread) {
  const std::size_t mistakes_before = in.node().mistakes().count();
  const bool has_segments = in.take("segments", segments, read_segments);
  const bool has_spread = in.take("spread", spread, read_spread);
  if (in.node().mistakes().count() > mistakes_before) return;
  if (has_segments && has_spread) in.at("spread").refuse("found segments as well", "leave one of the two out");
  if (has_segments) refuse_unless_below(in.at("segments"), "within", segments.within, within);
  if (has_spread) refuse_unless_below(in.at("spread"), "over", spread.over, within);
}

bool check_divides(const Node& node, std::uint32_t tasks, const Segments& segments) {
  if (segments.whole_groups_of(tasks) == tasks) return true;
  node.refuse(fmt::format("found {} tasks in groups of {}", tasks, segments.of),
              fmt::format("write a multiple of {}", segments.of));
  return false;
}

// Whoever is owed the devices waits for it.
std::optional<Duration> read_grace(const Node& node) {
  const auto grace = read_duration(node);
  if (!grace || *grace <= longest_grace) return grace;
  node.refuse("found " + to_text(*grace), "write at most " + to_text(longest_grace));
  return std::nullopt;
}

std::optional<Checkpoint> read_checkpoint(const Node& node) {
  return read_mapping<Checkpoint>(node, "a mapping such as {every: 30m, grace: 120s}",
                                  [](Fields& in, Checkpoint& checkpoint) {
                                    in.need("every", checkpoint.every, read_positive_duration);
                                    in.take("grace", checkpoint.grace, read_grace);
                                  });
}

std::optional<std::int32_t> read_priority(const Node& node) {
  return integer_in<std::int32_t>(-highest_priority, highest_priority)(node);
}

std::optional<TenantId> read_tenant(const Node& node, const KnownTenants& tenants) {
  if (node.is_missing()) {
    node.want("the path of a tenant; `dure tenants` lists them");
    return std::nullopt;
  }
  const auto path = read_path(node);
  if (!path) return std::nullopt;
  const auto refuse = [&](std::string_view found, std::string_view remedy) { node.refuse(found, remedy); };
  return refuse_if_inner(find_tenant(*path, tenants, refuse), tenants, refuse);
}

std::optional<TenantId> find_tenant_key(const Node& node, const Entry& entry, const KnownTenants& tenants) {
  return find_tenant(entry.key, tenants,
                     [&](std::string_view found, std::string_view remedy) { node.refuse_key(entry, found, remedy); });
}

bool check_task_fits(const Node& node, const Demand& demand, const Room& room) {
  if (most_tasks(demand, room).tasks > 0) return true;
  node.refuse(fmt::format("found a task of {}, which no node of its pools holds", demand_text(demand)),
              "ask for less, or for other pools");
  return false;
}

bool check_gang_fits(const Node& node, std::uint32_t tasks, const Placing& placing, const Room& room) {
  const Most most = most_tasks(placing, room);
  if (tasks <= most.tasks) return true;
  const std::string found =
      fmt::format("found {} tasks of {}{}", tasks, demand_text(placing.per_task), where_text(placing, room.within));
  if (most.tasks == 0) {
    node.refuse(found, "make the groups smaller: no such domain of its pools holds one");
    return false;
  }
  node.refuse(found, most.per_node
                         ? fmt::format("ask for at most {}, or for larger tasks: no more than {} tasks of one job are "
                                       "put on a node",
                                       most.tasks, *most.per_node)
                         : fmt::format("ask for at most {}, which is what its pools hold", most.tasks));
  return false;
}

}  // namespace dure::spec
