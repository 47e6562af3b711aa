#include "dure/spec/batch_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include "dure/spec/batch_line.h"
#include "dure/spec/batch_options.h"
#include "dure/spec/batch_shape.h"
#include "dure/spec/job_text_reader.h"
#include "dure/spec/mistakes.h"
#include "dure/spec/scalars.h"
#include "dure/spec/shape_reader.h"
#include "dure/spec/text_check.h"
#include "dure/spec/value.h"

namespace dure::spec {
namespace {

constexpr std::string_view file_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Every character that no name may have becomes `_`.
std::string name_from_file(std::string_view path) {
  std::string name;
  for (std::string_view rest = file_of(path); !rest.empty();) {
    const std::size_t bytes = std::max<std::size_t>(front_character(rest).bytes, 1);
    const std::string_view character = rest.substr(0, bytes);
    if (name.size() + bytes > longest_name) break;
    name += is_name(character) ? character : "_";
    rest.remove_prefix(bytes);
  }
  return name.empty() ? "job" : name;
}

std::string absolute(const std::string& path, const std::string& directory) {
  if (path.starts_with('/')) return path;
  return directory.ends_with('/') ? directory + path : directory + "/" + path;
}

// Whether it is a script at all, as sbatch asks.
bool is_script(std::string_view text, std::uint32_t source, Mistakes& mistakes) {
  const auto refuse = [&](std::string_view found, std::string_view remedy) {
    mistakes.add({.source = source}, "", found, remedy);
    return false;
  };
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return refuse("found no commands", "write some");
  if (text.size() > most_script_bytes) {
    return refuse(fmt::format("found {} bytes", text.size()), fmt::format("write at most {}", most_script_bytes));
  }
  if (text.find('\0') != std::string_view::npos) return refuse("found a NUL character", "submit a text file");
  if (text.find("\r\n") != std::string_view::npos) {
    return refuse("found the line ends of Windows", "convert the script, as with dos2unix");
  }
  if (!is_utf8(text)) return refuse("found text that is not UTF-8", "convert the script, as with iconv -t UTF-8");
  return true;
}

// What a job is told of its own options, as sbatch tells it.
class ToldVariables {
 public:
  ToldVariables(const BatchOptions& options, const BatchShape& shape) {
    add("SLURM_CPUS_PER_TASK", count_of(options.cpus, CpuCount::Per::task));
    add("SLURM_CPUS_PER_GPU", count_of(options.cpus, CpuCount::Per::gpu));
    if (options.gpus) add("SLURM_GPUS", options.gpus->given.value);
    if (options.gpus_per_node) add("SLURM_GPUS_PER_NODE", std::to_string(options.gpus_per_node->value.count));
    if (options.gpus_per_task) add("SLURM_GPUS_PER_TASK", options.gpus_per_task->given.value);
    if (options.tasks_per_node) add("SLURM_NTASKS_PER_NODE", std::to_string(options.tasks_per_node->value));
    if (options.memory) add(memory_name(options.memory->value.per), std::to_string(options.memory->value.mib));
    const bool has_tasks = options.tasks || options.tasks_per_node || (options.gpus && options.gpus_per_task);
    if (has_tasks && shape.parts_min == shape.parts_max) {
      const std::uint64_t tasks = std::uint64_t{shape.parts_min} * shape.tasks_per_part;
      add("SLURM_NTASKS", std::to_string(tasks));
      add("SLURM_NPROCS", std::to_string(tasks));
    }
  }

  std::map<std::string, std::string> take() && { return std::move(variables_); }

 private:
  static std::string count_of(const Ask<CpuCount>& cpus, CpuCount::Per per) {
    return cpus && cpus->value.per == per ? std::to_string(cpus->value.count) : "";
  }
  static std::string memory_name(MemoryAmount::Per per) {
    return per == MemoryAmount::Per::node  ? "SLURM_MEM_PER_NODE"
           : per == MemoryAmount::Per::cpu ? "SLURM_MEM_PER_CPU"
                                           : "SLURM_MEM_PER_GPU";
  }
  void add(const std::string& name, std::string value) {
    if (!value.empty()) variables_[name] = std::move(value);
  }

  std::map<std::string, std::string> variables_;
};

// Puts a document together from what was asked for.
class Assembler {
 public:
  Assembler(std::string_view script, const std::string& name, const Submission& submission, Mistakes& mistakes)
      : name_(name), submission_(submission), mistakes_(mistakes), source_(mistakes.add_file(name)) {
    document_.text.script = script;
    document_.text.launch = Launch::once;
  }

  Result<BatchScript> read() {
    if (is_script(document_.text.script, source_, mistakes_)) {
      read_script_options();
      read_command_line();
      take_shape(make_batch_shape(options_, warnings_, mistakes_).value_or(BatchShape{}));
      take_owner();
      take_files();
      take_order();
    }
    if (!mistakes_.empty()) return tl::unexpected(mistakes_.error());
    return BatchScript{.document = std::move(document_), .warnings = warning_texts()};
  }

 private:
  void read_script_options() {
    const BatchLines found = split_batch_script(document_.text.script, source_, mistakes_);
    for (const BatchLine& line : found.lines) read_batch_options(line, options_, warnings_, mistakes_);
    for (const Place& place : found.passed_over) {
      warnings_.push_back({.place = place,
                           .option = "#SBATCH",
                           .text = "passed over, as sbatch does: it is indented, or after the first command"});
    }
  }

  void read_command_line() {
    command_line_ = mistakes_.add_file("command line");
    std::vector<Word> words;
    for (const std::string& option : submission_.options) {
      if (is_text(option)) words.push_back({.text = option, .place = {.source = command_line_}});
    }
    read_batch_options(words, options_, warnings_, mistakes_);
    for (const std::string& argument : submission_.arguments) is_text(argument);
    is_text(submission_.directory);
  }

  bool is_text(std::string_view given) {
    if (is_utf8(given)) return true;
    mistakes_.add({.source = command_line_}, "", "found " + quote(given) + ", which is not UTF-8",
                  "rename or rewrite it in UTF-8");
    return false;
  }

  void take_shape(const BatchShape& shape) {
    document_.tasks_min = shape.parts_min;
    document_.tasks_max = shape.parts_max;
    document_.per_task = shape.per_part;
    document_.gpu_model = shape.gpu_model;
    take_environment(ToldVariables(options_, shape));
  }

  void take_owner() {
    document_.name = options_.name ? options_.name->value : name_from_file(name_);
    if (options_.tenant) document_.tenant = options_.tenant->value;
    if (options_.pools) document_.pools = options_.pools->value;
    if (options_.window) document_.window = options_.window->value;
    if (options_.time_limit) document_.time_limit = options_.time_limit->value;
    take_priority();
  }

  void take_priority() {
    const std::int64_t priority = options_.priority ? options_.priority->value : 0;
    const std::int64_t nice = options_.nice ? options_.nice->value : 0;
    const std::int64_t all = priority - nice;
    if (all < -highest_priority || all > highest_priority) {
      mistakes_.add(options_.nice->given.place, options_.nice->given.option,
                    fmt::format("found a priority of {} with it", all),
                    fmt::format("keep it from {} to {}", -highest_priority, highest_priority));
    }
    document_.priority = static_cast<std::int32_t>(all);
  }

  void take_files() {
    JobText& text = document_.text;
    text.arguments = submission_.arguments;
    text.directory =
        options_.directory ? absolute(options_.directory->value, submission_.directory) : submission_.directory;
    const bool is_array = options_.array.has_value();
    text.output = options_.output ? options_.output->value : is_array ? "dure-%A_%a.out" : "dure-%j.out";
    if (options_.error) text.error = options_.error->value;
    text.appends = options_.appends;
    if (options_.early_signal) text.early_signal = options_.early_signal->value;
  }

  void take_order() {
    if (options_.array) document_.array = options_.array->value;
    if (options_.dependencies) {
      document_.after = options_.dependencies->value.after;
      document_.is_singleton = options_.dependencies->value.is_singleton;
    }
    document_.is_held = options_.is_held;
    document_.requeues = options_.requeues;
  }

  // What is exported, and on top what the job is told of itself.
  void take_environment(ToldVariables told) {
    std::map<std::string, std::string> variables;
    const Export exported = options_.exported ? options_.exported->value : Export{};
    if (exported.all) take_all(variables);
    for (const Export::Name& each : exported.names) take_named(each, variables);
    for (auto& [name, value] : std::move(told).take()) variables[name] = value;
    variables["SLURM_SUBMIT_DIR"] = submission_.directory;
    for (auto& [name, value] : variables) document_.text.environment.push_back({name, std::move(value)});
    check_size();
  }

  // Variables of Slurm in the shell speak of the job that the shell is in, if it is in one.
  void take_all(std::map<std::string, std::string>& into) {
    std::vector<std::string> left_out;
    for (const Variable& variable : submission_.environment) {
      if (variable.name.starts_with("SLURM_")) continue;
      if (can_go_along(variable)) {
        into[variable.name] = variable.value;
      } else {
        left_out.push_back(quote(variable.name));
      }
    }
    if (left_out.empty()) return;
    constexpr std::size_t most_named = 5;
    const std::size_t named = std::min(left_out.size(), most_named);
    warnings_.push_back(
        {.place = {.source = command_line_},
         .option = "environment",
         .text = fmt::format("left out {}{}: a name must be letters, digits and '_', a value UTF-8 of at most {} bytes",
                             fmt::join(std::span(left_out).first(named), ", "),
                             left_out.size() > named ? fmt::format(" and {} more", left_out.size() - named) : "",
                             most_argument_bytes)});
  }

  void take_named(const Export::Name& each, std::map<std::string, std::string>& into) {
    const Given& given = options_.exported->given;
    if (each.value) {
      into[each.name] = *each.value;
      return;
    }
    const auto found = std::find_if(submission_.environment.begin(), submission_.environment.end(),
                                    [&](const Variable& variable) { return variable.name == each.name; });
    if (found == submission_.environment.end()) {
      warnings_.push_back({.place = given.place,
                           .option = given.option,
                           .text = fmt::format("there is no variable {}, which is left out", each.name)});
    } else if (can_go_along(*found)) {
      into[each.name] = found->value;
    } else {
      mistakes_.add(given.place, given.option, fmt::format("found {}, whose value is long or not UTF-8", each.name),
                    "write it to a file, which the script reads");
    }
  }

  static bool can_go_along(const Variable& variable) {
    return is_variable_name(variable.name) && variable.value.find('\0') == std::string::npos &&
           variable.name.size() + 1 + variable.value.size() <= most_argument_bytes && is_utf8(variable.value);
  }

  void check_size() {
    std::size_t bytes = 0;
    for (const Variable& variable : document_.text.environment)
      bytes += variable.name.size() + variable.value.size() + 2;
    for (const std::string& argument : submission_.arguments) bytes += argument.size() + 1;
    if (bytes <= most_invocation_bytes) return;
    mistakes_.add(
        {.source = command_line_}, "environment", fmt::format("found {} bytes of arguments and environment", bytes),
        fmt::format("keep them within {}, as with --export=NONE or --export=NAME,...", most_invocation_bytes));
  }

  // In the order of their places.
  std::vector<std::string> warning_texts() {
    std::sort(warnings_.begin(), warnings_.end(), [](const BatchWarning& a, const BatchWarning& b) {
      return std::tie(a.place, a.option, a.text) < std::tie(b.place, b.option, b.text);
    });
    std::vector<std::string> texts;
    for (const BatchWarning& warning : warnings_) {
      const std::string_view file = warning.place.source == source_ ? std::string_view(name_) : "command line";
      const std::string where = warning.place.line > 0
                                    ? fmt::format("{}:{}:{}", file, warning.place.line, warning.place.column)
                                    : std::string(file);
      texts.push_back(fmt::format("{}: {}: {}", where, warning.option, warning.text));
    }
    return texts;
  }

  const std::string& name_;
  const Submission& submission_;
  Mistakes& mistakes_;
  std::uint32_t source_;
  std::uint32_t command_line_ = 0;
  BatchOptions options_;
  std::vector<BatchWarning> warnings_;
  JobDocument document_;
};

}  // namespace

Result<BatchScript> read_batch_script(std::string_view text, const std::string& name, const Submission& submission) {
  Mistakes mistakes;
  return Assembler(text, name, submission, mistakes).read();
}

}  // namespace dure::spec
