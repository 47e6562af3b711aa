#include "dure/cli/job_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "dure/spec/job_array.h"
#include "dure/spec/job_text_reader.h"
#include "dure/spec/mistakes.h"
#include "dure/spec/scalars.h"
#include "dure/spec/shape_reader.h"

namespace dure::cli {
namespace {

struct TaskCount {
  std::uint32_t min = 1;
  std::uint32_t max = 1;
};

// `4` or `2-8`.
std::optional<TaskCount> read_tasks(const spec::Node& node) {
  const std::string& text = node.value().text;
  const auto number = [](std::string_view digits) -> std::optional<std::uint32_t> {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const std::size_t dash = text.find('-');
  const auto min = number(std::string_view(text).substr(0, dash));
  const auto max = dash == std::string::npos ? min : number(std::string_view(text).substr(dash + 1));
  if (min && max && *min >= 1 && *min <= *max && *max <= spec::most_tasks_per_job) return TaskCount{*min, *max};
  node.want("a number of tasks such as 4, or 2-8");
  return std::nullopt;
}

std::optional<Dependency> read_after(const spec::Node& node) {
  constexpr std::array<std::pair<std::string_view, After>, 3> kinds{
      {{"ok", After::ok}, {"any", After::any}, {"not_ok", After::not_ok}}};
  const std::string_view text = node.value().text;
  const std::size_t colon = text.find(':');
  const std::string_view id = colon == std::string_view::npos ? text : text.substr(colon + 1);
  Dependency dependency;
  const auto* kind =
      std::find_if(kinds.begin(), kinds.end(), [&](const auto& each) { return each.first == text.substr(0, colon); });
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), dependency.job.value);
  const bool is_number = !id.empty() && error == std::errc{} && end == id.data() + id.size();
  if (colon == std::string_view::npos || kind == kinds.end() || !is_number) {
    node.want("ok:JOB, any:JOB or not_ok:JOB, such as ok:12");
    return std::nullopt;
  }
  dependency.kind = kind->second;
  return dependency;
}

std::optional<Variable> read_variable(const spec::Node& node) {
  const std::string& text = node.value().text;
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || !spec::is_variable_name(text.substr(0, equals))) {
    node.want("NAME=VALUE, the name of letters, digits and '_'");
    return std::nullopt;
  }
  return Variable{.name = text.substr(0, equals), .value = text.substr(equals + 1)};
}

std::optional<std::string> read_array_text(const spec::Node& node) {
  return spec::read_array(node) ? std::optional(node.value().text) : std::nullopt;
}

// Reads options one by one, with the readers of job files.
class OptionReading {
 public:
  template <class T, class Read>
  void take(const char* option, const std::string& text, T& into, const Read& read) {
    if (text.empty()) return;
    const std::uint32_t source = mistakes_.add_file(option);
    const spec::Value value{.kind = spec::Kind::scalar, .place = {.source = source}, .text = text};
    if (auto found = read(spec::Node(value, mistakes_))) into = *std::move(found);
  }

  template <class T, class Read>
  std::vector<T> take_all(const char* option, const std::vector<std::string>& texts, const Read& read) {
    std::vector<T> all;
    for (const std::string& text : texts) {
      std::optional<T> each;
      take(option, text, each, read);
      if (each) all.push_back(*std::move(each));
    }
    return all;
  }

  Result<void> end() const {
    if (mistakes_.empty()) return {};
    return tl::unexpected(mistakes_.error());
  }

 private:
  spec::Mistakes mistakes_;
};

void read_shape(OptionReading& in, const JobOptions& options, spec::JobDocument& job) {
  in.take("--gpus", options.gpus, job.per_task.gpu_milli, spec::read_amount);
  in.take("--cpus", options.cpus, job.per_task.cpu_milli, spec::read_amount);
  in.take("--memory", options.memory, job.per_task.memory_mib, spec::read_memory);
  in.take("--gpu-model", options.gpu_model, job.gpu_model, spec::read_name);
  in.take("--within", options.within, job.within, spec::read_level);
  TaskCount tasks{job.tasks_min, job.tasks_max};
  in.take("--tasks", options.tasks, tasks, read_tasks);
  job.tasks_min = tasks.min;
  job.tasks_max = tasks.max;
}

void read_order(OptionReading& in, const JobOptions& options, spec::JobDocument& job) {
  in.take("--time", options.time_limit, job.time_limit, spec::read_positive_duration);
  in.take("--start-by", options.start_by, job.start_by, spec::read_line);
  in.take("--finish-by", options.finish_by, job.finish_by, spec::read_line);
  // What is given last stands in the place of what the file says.
  if (!options.finish_by.empty() && options.start_by.empty()) job.start_by.clear();
  if (!options.start_by.empty() && options.finish_by.empty()) job.finish_by.clear();
  in.take("--window", options.window, job.window, spec::read_name);
  in.take("--priority", options.priority, job.priority, spec::read_priority);
  in.take("--array", options.array, job.array, read_array_text);
  const auto after = in.take_all<Dependency>("--after", options.after, read_after);
  job.after.insert(job.after.end(), after.begin(), after.end());
  job.is_held = job.is_held || options.hold;
  job.hot_swap = job.hot_swap || options.hot_swap;
}

// A variable that is there already gets the new value; they stay in the order of their names.
void set_variables(std::vector<Variable>& environment, std::vector<Variable> given) {
  for (Variable& variable : given) {
    std::erase_if(environment, [&](const Variable& other) { return other.name == variable.name; });
    environment.push_back(std::move(variable));
  }
  std::sort(environment.begin(), environment.end());
}

void read_run(OptionReading& in, const JobOptions& options, spec::JobDocument& job) {
  in.take("--output", options.output, job.text.output, spec::read_line);
  in.take("--error", options.error, job.text.error, spec::read_line);
  in.take("--directory", options.directory, job.text.directory, spec::read_line);
  if (!job.text.directory.empty()) job.text.directory = std::filesystem::absolute(job.text.directory).string();
  set_variables(job.text.environment, in.take_all<Variable>("--env", options.environment, read_variable));
  if (!options.terminal) return;
  job.text.launch = Launch::terminal;
  job.requeues = false;
}

}  // namespace

std::string first_given(const JobOptions& options) {
  const std::array<std::pair<const char*, bool>, 22> given{{{"--name", !options.name.empty()},
                                                            {"--tenant", !options.tenant.empty()},
                                                            {"--pool", !options.pools.empty()},
                                                            {"--gpus", !options.gpus.empty()},
                                                            {"--cpus", !options.cpus.empty()},
                                                            {"--memory", !options.memory.empty()},
                                                            {"--gpu-model", !options.gpu_model.empty()},
                                                            {"--tasks", !options.tasks.empty()},
                                                            {"--within", !options.within.empty()},
                                                            {"--time", !options.time_limit.empty()},
                                                            {"--priority", !options.priority.empty()},
                                                            {"--start-by", !options.start_by.empty()},
                                                            {"--finish-by", !options.finish_by.empty()},
                                                            {"--window", !options.window.empty()},
                                                            {"--array", !options.array.empty()},
                                                            {"--after", !options.after.empty()},
                                                            {"--env", !options.environment.empty()},
                                                            {"--directory", !options.directory.empty()},
                                                            {"--output", !options.output.empty()},
                                                            {"--error", !options.error.empty()},
                                                            {"--hot-swap", options.hot_swap},
                                                            {"--hold", options.hold}}};
  const auto* found = std::find_if(given.begin(), given.end(), [](const auto& each) { return each.second; });
  return found == given.end() ? "" : found->first;
}

Result<void> apply(const JobOptions& options, spec::JobDocument& job) {
  OptionReading in;
  in.take("--name", options.name, job.name, spec::read_name);
  in.take("--tenant", options.tenant, job.tenant, spec::read_path);
  if (!options.pools.empty()) job.pools = in.take_all<std::string>("--pool", options.pools, spec::read_path);
  read_shape(in, options, job);
  read_order(in, options, job);
  read_run(in, options, job);
  return in.end();
}

}  // namespace dure::cli
