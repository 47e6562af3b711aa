#include "dure/spec/job_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "dure/base/overload.h"
#include "dure/spec/file.h"
#include "dure/spec/job_array.h"
#include "dure/spec/job_text_reader.h"
#include "dure/spec/pool_reader.h"
#include "dure/spec/scalars.h"
#include "dure/spec/shape_reader.h"
#include "dure/spec/suggest.h"
#include "dure/work/eligible.h"

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

struct SignalledCheckpoint {
  Checkpoint checkpoint;
  std::string signal = "USR1";
};

std::optional<SignalledCheckpoint> read_signalled_checkpoint(const Node& node) {
  return read_mapping<SignalledCheckpoint>(node, "a mapping such as {every: 30m, signal: USR1, grace: 120s}",
                                           [](Fields& in, SignalledCheckpoint& read) {
                                             in.need("every", read.checkpoint.every, read_positive_duration);
                                             in.take("grace", read.checkpoint.grace, read_grace);
                                             in.take("signal", read.signal, read_signal);
                                           });
}

bool is_same_model(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string_view> models_of(const Fleet& fleet) {
  std::vector<std::string_view> models;
  for (const Pool& pool : fleet.pools()) {
    const std::string_view model = pool.spec.gpu_model;
    if (!model.empty() && std::find(models.begin(), models.end(), model) == models.end()) models.push_back(model);
  }
  return models;
}

// Drops the pools whose GPUs are of another model.
void read_gpu_model(Fields& in, Shape& shape, const Fleet& fleet) {
  const Node node = in.at("gpu_model");
  if (node.is_missing()) return;
  const auto model = read_name(node);
  if (!model) return;
  std::vector<PoolId> having;
  for (std::size_t i = 0; i < fleet.pools().size(); ++i) {
    const PoolId id = id_of<PoolTag>(i);
    if (may_use(shape, id) && is_same_model(fleet.pool(id).spec.gpu_model, *model)) having.push_back(id);
  }
  if (having.empty()) {
    node.refuse(fmt::format("found the GPU model {}, which none of its pools has", quote(*model)),
                suggest(*model, models_of(fleet)));
  }
  shape.pools = std::move(having);
}

// Both ends of an elastic job: every width between them that it gets is a multiple as well.
bool check_tasks_divide(const Node& tasks, const Shape& shape) {
  if (!tasks.is(Kind::mapping)) return check_divides(tasks, shape.tasks_min, shape.segments);
  const bool min_divides = check_divides(tasks.at("min"), shape.tasks_min, shape.segments);
  return check_divides(tasks.at("max"), shape.tasks_max, shape.segments) && min_divides;
}

void read_shape(Fields& in, Shape& shape, const Fleet& fleet) {
  const std::size_t mistakes_before = in.node().mistakes().count();
  Tasks tasks;
  in.take("tasks", tasks, read_tasks);
  shape.tasks_min = tasks.min;
  shape.tasks_max = tasks.max;
  shape.per_task.cpu_milli = whole;
  in.take("per_task", shape.per_task, read_demand);
  in.take("pools", shape.pools, [&](const Node& node) { return read_pools(node, &fleet); });
  read_gpu_model(in, shape, fleet);
  in.take("within", shape.within, read_level);
  in.take("prefer", shape.prefer, read_level);
  read_rule(in, shape.within, shape.segments, shape.spread);
  if (in.node().mistakes().count() > mistakes_before) return;
  if (!check_tasks_divide(in.at("tasks"), shape)) return;
  const Room room{.fleet = fleet, .pools = shape.pools, .within = shape.within};
  if (check_task_fits(in.at("per_task"), shape.per_task, room)) {
    check_gang_fits(in.at("tasks"), shape.tasks_min, shape.placing(), room);
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
  file.text.checkpoint_signal = read.signal;
}

// The tenant, which may be left out where there is but one.
void read_owner(Fields& in, JobFile& file, const KnownTenants& tenants) {
  const auto only = in.has("tenant") ? std::nullopt : tenants.only();
  if (only) {
    in.at("tenant");
    file.job.tenant = *only;
  } else if (!in.need("tenant", file.job.tenant, [&](const Node& at) { return read_tenant(at, tenants); })) {
    return;
  }
  file.tenant = tenants[file.job.tenant].path;
}

std::optional<After> read_outcome(const Node& node) {
  static const auto read = one_of<After>({{"ok", After::ok}, {"any", After::any}, {"not_ok", After::not_ok}});
  return read(node);
}

std::optional<JobId> read_job_number(const Node& node) {
  const auto number = integer_in<std::uint32_t>(0, 4'294'967'295)(node);
  return number ? std::optional(JobId{*number}) : std::nullopt;
}

std::optional<Dependency> read_dependency(const Node& node) {
  return read_mapping<Dependency>(node, "a mapping such as {kind: ok, job: 12}", [](Fields& in, Dependency& read) {
    in.need("kind", read.kind, read_outcome);
    in.need("job", read.job, read_job_number);
  });
}

std::optional<std::vector<Dependency>> read_dependencies(const Node& node) {
  if (node.is(Kind::sequence) && node.value().items.size() > most_dependencies) {
    node.refuse(fmt::format("found {} jobs to wait for", node.value().items.size()),
                fmt::format("write at most {}", most_dependencies));
    return std::nullopt;
  }
  static const auto read = list_of(read_dependency, "a list such as [{kind: ok, job: 12}]");
  const std::size_t mistakes_before = node.mistakes().count();
  auto dependencies = read(node);
  if (!dependencies || node.mistakes().count() > mistakes_before) return std::nullopt;
  std::sort(dependencies->begin(), dependencies->end());
  const auto of_one_job = [](const Dependency& a, const Dependency& b) { return a.job == b.job; };
  const auto twice = std::adjacent_find(dependencies->begin(), dependencies->end(), of_one_job);
  if (twice == dependencies->end()) return dependencies;
  node.refuse(fmt::format("found the job {} twice", twice->job.value), "name each job once");
  return std::nullopt;
}

// Who sits at a terminal does one thing at a time, and has left when the job would run again.
void read_terminal(Fields& in, JobFile& file) {
  if (file.text.launch != Launch::terminal) return;
  const auto refuse = [&](const char* key, bool is_wrong, const char* found, const char* remedy) {
    if (is_wrong) in.at(key).refuse(found, remedy);
  };
  refuse("tasks", file.job.shape.tasks_max > 1, "found several tasks for one terminal", "ask for 1");
  refuse("array", !file.array.empty(), "found an array of jobs for one terminal", "leave it out");
  refuse("error", !file.text.error.empty(), "found a file of errors, which a terminal does not keep apart",
         "leave it out");
  refuse("requeue", in.has("requeue") && file.job.requeues, "found a job with a terminal, which cannot run again",
         "write false");
  file.job.requeues = false;
}

// Who does not start again has nothing to go on from.
void read_hot_swap(Fields& in, JobFile& file) {
  in.take("hot_swap", file.job.hot_swap, read_boolean);
  if (!file.job.hot_swap || file.job.requeues) return;
  in.at("hot_swap")
      .refuse("found a job that goes on with other nodes, and does not start again", "leave it out, or let it requeue");
}

// When something is to have happened: an instant, or so long after the submission.
using Deadline = std::variant<Time, Duration>;

std::optional<Deadline> read_deadline(const Node& node, std::optional<Time> now) {
  const std::string_view text = node.is(Kind::scalar) ? std::string_view(node.value().text) : "";
  if (const auto time = parse_time(text)) {
    if (!now || *time > *now) return *time;
    node.refuse("found " + quote(text) + ", which has passed", "write a later time");
  } else if (const auto within = parse_duration(text); within && within->ns > 0) {
    return *within;
  } else {
    node.want("a time with a zone, such as 2026-11-23T09:00:00+09:00, or a duration above zero, such as 2h");
  }
  return std::nullopt;
}

void set_start_by(const Deadline& deadline, JobFile& file) {
  if (const auto* time = std::get_if<Time>(&deadline)) file.job.start_by = *time;
  if (const auto* within = std::get_if<Duration>(&deadline)) file.start_within = *within;
}

// It has ended by then, even if it takes all of its time, if it starts so much before. Requires the time limit.
void read_finish_by(Fields& in, std::optional<Time> now, JobFile& file) {
  const Node node = in.at("finish_by");
  if (node.is_missing()) return;
  if (in.has("start_by")) return node.refuse("found a job with start_by too", "write one of them");
  auto deadline = read_deadline(node, now);
  if (!deadline) return;
  const bool is_enough = std::visit(Overload{[&](Time& by) {
                                               by = by - file.job.time_limit;
                                               return !now || by > *now;
                                             },
                                             [&](Duration& within) {
                                               within = within - file.job.time_limit;
                                               return within.ns > 0;
                                             }},
                                    *deadline);
  if (is_enough) return set_start_by(*deadline, file);
  node.refuse(fmt::format("found {}, which leaves no more than its time limit of {}", quote(node.value().text),
                          to_text(file.job.time_limit)),
              "write a later time, or a shorter time_limit");
}

void read_deadlines(Fields& in, std::optional<Time> now, JobFile& file) {
  const Node node = in.at("start_by");
  if (!node.is_missing()) {
    if (const auto deadline = read_deadline(node, now)) set_start_by(*deadline, file);
  }
  read_finish_by(in, now, file);
}

}  // namespace

std::optional<JobFile> read_job_node(const Node& node, const Fleet& fleet, const KnownTenants& tenants,
                                     std::optional<Time> now) {
  return read_mapping<JobFile>(node, "a job such as {name: pretrain, tenant: ..., per_task: ..., script: ...}",
                               [&](Fields& in, JobFile& file) {
                                 JobSpec& job = file.job;
                                 in.need("name", job.name, read_name);
                                 read_owner(in, file, tenants);
                                 read_shape(in, job.shape, fleet);
                                 job.time_limit = default_time_limit(job.shape, fleet);
                                 in.take("time_limit", job.time_limit, read_positive_duration);
                                 read_deadlines(in, now, file);
                                 in.take("window", file.window, read_name);
                                 in.take("priority", job.priority, read_priority);
                                 read_checkpointing(in, file);
                                 read_run(in, file.text);
                                 in.take("after", file.job.after, read_dependencies);
                                 in.take("singleton", file.is_singleton, read_boolean);
                                 in.take("hold", file.job.is_held, read_boolean);
                                 in.take("requeue", file.job.requeues, read_boolean);
                                 in.take("array", file.array, read_array);
                                 read_terminal(in, file);
                                 read_hot_swap(in, file);
                               });
}

std::optional<std::vector<JobFile>> read_jobs_node(const Node& node, const Fleet& fleet, const KnownTenants& tenants,
                                                   std::optional<Time> now) {
  std::size_t indices = 0;
  const auto read_one = [&](const Node& item) {
    auto job = read_job_node(item, fleet, tenants, now);
    if (job) indices += job->array.size();
    if (indices <= most_array_indices) return job;
    item.refuse("found more array jobs than fit into one request",
                fmt::format("send at most {} at once", most_array_indices));
    return std::optional<JobFile>{};
  };
  const auto read_list = list_of(read_one, "a list of jobs");
  return read_mapping<std::vector<JobFile>>(
      node, "a mapping such as {jobs: [...]}", [&](Fields& in, std::vector<JobFile>& jobs) {
        const Node list = in.at("jobs");
        if (list.is(Kind::sequence) && list.value().items.size() > most_jobs_at_once) {
          list.refuse(fmt::format("found {} jobs", list.value().items.size()),
                      fmt::format("send at most {} at once", most_jobs_at_once));
          return;
        }
        in.need("jobs", jobs, read_list);
      });
}

Result<JobFile> read_job_text(std::string_view text, std::string name, const Fleet& fleet,
                              const KnownTenants& tenants) {
  return read_text(text, std::move(name), [&](const Node& node) { return read_job_node(node, fleet, tenants); });
}

Result<JobFile> read_job(const std::filesystem::path& path, const Fleet& fleet, const KnownTenants& tenants) {
  return read_file(path).and_then(
      [&](const std::string& text) { return read_job_text(text, path.string(), fleet, tenants); });
}

}  // namespace dure::spec
