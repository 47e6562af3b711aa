#include "dure/spec/job_document.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "dure/spec/scalars.h"

namespace dure::spec {
namespace {

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

// A JSON object with its members in the order they are added. Ours, because boost::json writes 0.5 as 5E-1.
class Object {
 public:
  // `json` is JSON already.
  void add(std::string_view key, std::string_view json) {
    text_ += text_.size() > 1 ? ",\"" : "\"";
    text_ += key;
    text_ += "\":";
    text_ += json;
  }
  void add_text(std::string_view key, std::string_view text) { add(key, quoted(text)); }
  void add_text_unless_empty(std::string_view key, std::string_view text) {
    if (!text.empty()) add_text(key, text);
  }
  std::string end() && { return std::move(text_ += '}'); }

 private:
  std::string text_ = "{";
};

template <class Item, class ToJson>
std::string list(const std::vector<Item>& items, const ToJson& json_of) {
  std::string text = "[";
  for (const Item& item : items) {
    if (text.size() > 1) text += ',';
    text += json_of(item);
  }
  return text + ']';
}

void add_tasks(Object& job, const JobDocument& document) {
  if (document.tasks_min != document.tasks_max) {
    job.add("tasks", fmt::format(R"({{"min":{},"max":{}}})", document.tasks_min, document.tasks_max));
  } else if (document.tasks_min != 1) {
    job.add("tasks", std::to_string(document.tasks_min));
  }
}

void add_demand(Object& job, const Demand& demand) {
  if (demand == Demand{}) return;
  Object per_task;
  if (demand.gpu_milli > 0) per_task.add("gpus", amount_text(demand.gpu_milli));
  if (demand.cpu_milli > 0) per_task.add("cpus", amount_text(demand.cpu_milli));
  if (demand.memory_mib > 0) per_task.add("memory", fmt::format("\"{}Mi\"", demand.memory_mib));
  job.add("per_task", std::move(per_task).end());
}

void add_level(Object& job, std::string_view key, Level level) {
  if (level != Level::site) job.add_text(key, to_text(level));
}

void add_checkpoint(Object& job, const JobDocument& document) {
  if (!document.checkpoint) return;
  Object checkpoint;
  checkpoint.add_text("every", to_text(document.checkpoint->every));
  checkpoint.add_text("signal", document.text.checkpoint_signal);
  checkpoint.add_text("grace", to_text(document.checkpoint->grace));
  job.add("checkpoint", std::move(checkpoint).end());
}

void add_environment(Object& job, const std::vector<Variable>& environment) {
  if (environment.empty()) return;
  Object variables;
  for (const Variable& variable : environment) variables.add_text(variable.name, variable.value);
  job.add("environment", std::move(variables).end());
}

void add_early_signal(Object& job, const std::optional<EarlySignal>& early) {
  if (!early) return;
  Object signal;
  signal.add_text("signal", early->signal);
  signal.add_text("before", to_text(early->before));
  if (early->script_alone) signal.add("script_alone", "true");
  job.add("early_signal", std::move(signal).end());
}

void add_run(Object& job, const JobText& text) {
  if (text.launch != Launch::per_task) job.add_text("launch", text.launch == Launch::once ? "once" : "terminal");
  job.add_text("script", text.script);
  if (!text.arguments.empty()) job.add("arguments", list(text.arguments, quoted));
  add_environment(job, text.environment);
  job.add_text_unless_empty("directory", text.directory);
  job.add_text_unless_empty("output", text.output);
  job.add_text_unless_empty("error", text.error);
  if (text.appends) job.add("append", "true");
  add_early_signal(job, text.early_signal);
}

void add_dependencies(Object& job, const std::vector<Dependency>& after) {
  constexpr std::array<std::string_view, 3> kinds{"ok", "any", "not_ok"};
  if (after.empty()) return;
  job.add("after", list(after, [&](const Dependency& dependency) {
            return fmt::format(R"({{"kind":"{}","job":{}}})", kinds[static_cast<std::size_t>(dependency.kind)],
                               dependency.job.value);
          }));
}

}  // namespace

std::string to_json(const JobDocument& document) {
  Object job;
  job.add_text("name", document.name);
  job.add_text_unless_empty("tenant", document.tenant);
  add_tasks(job, document);
  add_demand(job, document.per_task);
  if (!document.pools.empty()) job.add("pools", list(document.pools, quoted));
  job.add_text_unless_empty("gpu_model", document.gpu_model);
  add_level(job, "within", document.within);
  add_level(job, "prefer", document.prefer);
  if (document.time_limit) job.add_text("time_limit", to_text(*document.time_limit));
  job.add_text_unless_empty("start_by", document.start_by);
  job.add_text_unless_empty("finish_by", document.finish_by);
  job.add_text_unless_empty("window", document.window);
  if (document.priority != 0) job.add("priority", std::to_string(document.priority));
  add_checkpoint(job, document);
  add_run(job, document.text);
  add_dependencies(job, document.after);
  if (document.is_singleton) job.add("singleton", "true");
  if (document.is_held) job.add("hold", "true");
  if (!document.requeues) job.add("requeue", "false");
  if (document.hot_swap) job.add("hot_swap", "true");
  job.add_text_unless_empty("array", document.array);
  return std::move(job).end();
}

}  // namespace dure::spec
