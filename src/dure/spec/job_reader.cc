#include "dure/spec/job_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dure/spec/file.h"
#include "dure/spec/pool_reader.h"
#include "dure/spec/scalars.h"
#include "dure/spec/shape_reader.h"

namespace dure::spec {
namespace {

struct Tasks {
  std::uint32_t min = 1;
  std::uint32_t max = 1;
};

std::optional<Tasks> read_elastic_tasks(const Node& node) {
  return read_mapping<Tasks>(node, "a mapping such as {min: 24, max: 32}", [](Fields& in, Tasks& tasks) {
    const auto count = integer_in<std::uint32_t>(1, most_tasks_per_job);
    const bool has_min = in.need("min", tasks.min, count);
    const bool has_max = in.need("max", tasks.max, count);
    if (has_min && has_max && tasks.min > tasks.max) {
      in.node().refuse(fmt::format("found a min of {} above the max of {}", tasks.min, tasks.max), "swap them");
    }
  });
}

std::optional<Tasks> read_tasks(const Node& node) {
  if (node.is(Kind::mapping)) return read_elastic_tasks(node);
  const auto count = integer_in<std::uint32_t>(1, most_tasks_per_job)(node);
  if (!count) return std::nullopt;
  return Tasks{.min = *count, .max = *count};
}

std::optional<std::string> read_signal(const Node& node) {
  static const auto read = one_of<std::string>(
      {{"USR1", "USR1"}, {"USR2", "USR2"}, {"TERM", "TERM"}, {"INT", "INT"}, {"HUP", "HUP"}, {"CONT", "CONT"}});
  return read(node);
}

std::optional<Launch> read_launch(const Node& node) {
  static const auto read = one_of<Launch>({{"per_task", Launch::per_task}, {"once", Launch::once}});
  return read(node);
}

struct SignalledCheckpoint {
  Checkpoint checkpoint;
  std::string signal = "USR1";
};

std::optional<SignalledCheckpoint> read_signalled_checkpoint(const Node& node) {
  return read_mapping<SignalledCheckpoint>(node, "a mapping such as {every: 30m, signal: USR1, grace: 120s}",
                                           [](Fields& in, SignalledCheckpoint& read) {
                                             in.need("every", read.checkpoint.every, read_positive_duration);
                                             in.take("grace", read.checkpoint.grace, read_duration);
                                             in.take("signal", read.signal, read_signal);
                                           });
}

void read_shape(Fields& in, Shape& shape, const Fleet& fleet) {
  const std::size_t mistakes_before = in.node().mistakes().count();
  Tasks tasks;
  in.take("tasks", tasks, read_tasks);
  shape.tasks_min = tasks.min;
  shape.tasks_max = tasks.max;
  in.need("per_task", shape.per_task, read_demand);
  in.take("pools", shape.pools, [&](const Node& node) { return read_pools(node, &fleet); });
  in.take("within", shape.within, read_level);
  in.take("prefer", shape.prefer, read_level);
  if (in.node().mistakes().count() > mistakes_before) return;
  const Room room{.fleet = fleet, .pools = shape.pools, .within = shape.within};
  if (check_task_fits(in.at("per_task"), shape.per_task, room)) {
    check_gang_fits(in.at("tasks"), shape.tasks_min, shape.per_task, room);
  }
}

Duration default_time_limit(const Shape& shape, const Fleet& fleet) {
  Duration longest = seconds(1);
  for (const PoolId pool : shape.pools) longest = std::max(longest, fleet.pool(pool).spec.default_time_limit);
  if (!shape.pools.empty()) return longest;
  for (const Pool& pool : fleet.pools()) longest = std::max(longest, pool.spec.default_time_limit);
  return longest;
}

void read_checkpointing(Fields& in, JobFile& file) {
  SignalledCheckpoint read;
  if (!in.take("checkpoint", read, read_signalled_checkpoint)) return;
  file.job.checkpoint = read.checkpoint;
  file.checkpoint_signal = read.signal;
}

std::optional<std::string> read_script(const Node& node) {
  const bool is_text = node.is(Kind::scalar) && node.value().text.find('\0') == std::string::npos &&
                       node.value().text.find_first_not_of(" \t\r\n") != std::string::npos;
  if (is_text) return node.value().text;
  node.want("the commands to run");
  return std::nullopt;
}

}  // namespace

std::optional<JobFile> read_job_node(const Node& node, const Fleet& fleet, const Tenants& tenants) {
  return read_mapping<JobFile>(
      node, "a job such as {name: pretrain, tenant: ..., per_task: ..., script: ...}", [&](Fields& in, JobFile& file) {
        JobSpec& job = file.job;
        in.need("name", job.name, read_name);
        in.need("tenant", job.tenant, [&](const Node& at) { return read_tenant(at, tenants); });
        file.tenant = tenants.size() > 0 ? tenants[job.tenant].path : "";
        read_shape(in, job.shape, fleet);
        job.time_limit = default_time_limit(job.shape, fleet);
        in.take("time_limit", job.time_limit, read_positive_duration);
        in.take("priority", job.priority, read_priority);
        read_checkpointing(in, file);
        in.take("launch", file.launch, read_launch);
        in.need("script", file.script, read_script);
      });
}

Result<JobFile> read_job_text(std::string_view text, std::string name, const Fleet& fleet, const Tenants& tenants) {
  return read_text(text, std::move(name), [&](const Node& node) { return read_job_node(node, fleet, tenants); });
}

Result<JobFile> read_job(const std::filesystem::path& path, const Fleet& fleet, const Tenants& tenants) {
  return read_file(path).and_then(
      [&](const std::string& text) { return read_job_text(text, path.string(), fleet, tenants); });
}

}  // namespace dure::spec
