#include "dure/spec/batch_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "dure/spec/batch_values.h"
#include "dure/spec/suggest.h"
#include "dure/spec/value.h"

namespace dure::spec {
namespace {

enum class Argument : std::uint8_t { none, required, optional };

// What an option does: `read` takes it, or it is left out with a warning, or it is refused with a remedy.
struct Option {
  using Read = std::optional<Refusal> (*)(const Given& given, BatchOptions& options);

  std::string_view name;
  char letter = 0;
  Argument argument = Argument::required;
  Read read = nullptr;
  std::string_view warning;
  std::string_view remedy;
};

// A reader that stores what `parse` makes of the value.
template <auto member, auto parse>
std::optional<Refusal> store(const Given& given, BatchOptions& options) {
  auto value = parse(given.value);
  if (!value) return value.error();
  options.*member = {.value = *std::move(value), .given = given};
  return std::nullopt;
}

// The same for one of several options that say the same thing differently. The command line overrides the script; in
// one place there may be but one of them.
template <auto member, auto parse, auto per>
std::optional<Refusal> store_per(const Given& given, BatchOptions& options) {
  auto value = parse(given.value);
  if (!value) return value.error();
  const auto& earlier = options.*member;
  if (earlier && earlier->value.per != per && earlier->given.place.source == given.place.source) {
    return Refusal{.found = fmt::format("found {} too", earlier->given.option), .remedy = "keep one of them"};
  }
  options.*member = {.value = {per, *std::move(value)}, .given = given};
  return std::nullopt;
}

template <bool BatchOptions::* member, bool value>
std::optional<Refusal> set(const Given&, BatchOptions& options) {
  options.*member = value;
  return std::nullopt;
}

std::optional<Refusal> read_open_mode(const Given& given, BatchOptions& options) {
  const bool appends = given.value == "append" || given.value == "a";
  if (!appends && given.value != "truncate" && given.value != "t") {
    return Refusal{.found = "found " + quote(given.value), .remedy = "write append or truncate"};
  }
  options.appends = appends;
  return std::nullopt;
}

std::optional<Refusal> accept(const Given&, BatchOptions&) { return std::nullopt; }

// Accepts the one value that changes nothing.
template <const std::string_view& only>
std::optional<Refusal> accept_only(const Given& given, BatchOptions&) {
  if (given.value == only) return std::nullopt;
  return Refusal{.found = "found " + quote(given.value), .remedy = fmt::format("write {}, or remove it", only)};
}

constexpr std::string_view no_input = "/dev/null";

std::optional<Refusal> read_qos(const Given& given, BatchOptions&) {
  if (given.value == "normal") return std::nullopt;
  return Refusal{.found = "found " + quote(given.value),
                 .remedy = "remove it: Dure has no QOS; what a job is entitled to follows from its tenant (-A)"};
}

constexpr std::string_view by_the_server = "remove it: Dure chooses the nodes; name a pool with -p";
constexpr std::string_view by_pool = "remove it; name a pool with -p, or a GPU model as in --gpus-per-node=h200:8";
constexpr std::string_view by_level = "remove it; a job file can say `within: rack`";
constexpr std::string_view of_the_command = "remove it: it is an option of the command sbatch alone";
constexpr std::string_view no_binding = "remove it: Dure does not bind tasks to cores or sockets";
constexpr std::string_view unknown_to_dure = "remove it: Dure has nothing like it";

using B = BatchOptions;
using Per = MemoryAmount::Per;

// Every option of sbatch.
constexpr std::array options_of_sbatch{
    Option{.name = "account", .letter = 'A', .read = store<&B::tenant, parse_tenant>},
    Option{.name = "acctg-freq", .remedy = unknown_to_dure},
    Option{.name = "array", .letter = 'a', .read = store<&B::array, check_array>},
    Option{.name = "batch", .remedy = by_the_server},
    Option{.name = "bb", .remedy = unknown_to_dure},
    Option{.name = "bbf", .remedy = unknown_to_dure},
    Option{.name = "begin", .letter = 'b', .remedy = "remove it; hold the job with -H and release it then"},
    Option{.name = "chdir", .letter = 'D', .read = store<&B::directory, parse_directory>},
    Option{.name = "cluster-constraint", .remedy = by_pool},
    Option{.name = "clusters", .letter = 'M', .remedy = by_pool},
    Option{.name = "comment", .warning = "left out: nothing is done with it"},
    Option{.name = "constraint", .letter = 'C', .remedy = by_pool},
    Option{.name = "container", .remedy = "remove it; start the container in the script"},
    Option{.name = "container-id", .remedy = "remove it; start the container in the script"},
    Option{.name = "contiguous", .argument = Argument::none, .remedy = by_level},
    Option{.name = "core-spec", .letter = 'S', .remedy = no_binding},
    Option{.name = "cores-per-socket", .remedy = no_binding},
    Option{.name = "cpu-freq", .remedy = unknown_to_dure},
    Option{.name = "cpus-per-gpu", .read = store_per<&B::cpus, parse_count, CpuCount::Per::gpu>},
    Option{.name = "cpus-per-task", .letter = 'c', .read = store_per<&B::cpus, parse_count, CpuCount::Per::task>},
    Option{.name = "deadline", .remedy = unknown_to_dure},
    Option{.name = "delay-boot", .remedy = unknown_to_dure},
    Option{.name = "dependency", .letter = 'd', .read = store<&B::dependencies, parse_dependencies>},
    Option{.name = "distribution", .letter = 'm', .remedy = no_binding},
    Option{.name = "error", .letter = 'e', .read = store<&B::error, parse_file_name>},
    Option{.name = "exclude", .letter = 'x', .remedy = by_the_server},
    Option{.name = "exclusive",
           .argument = Argument::optional,
           .remedy = "remove it: tasks of several jobs share a node; ask for all of its GPUs or CPUs instead"},
    Option{.name = "export", .read = store<&B::exported, parse_export>},
    Option{.name = "export-file", .remedy = "remove it; read the file in the script"},
    Option{.name = "extra", .remedy = unknown_to_dure},
    Option{.name = "extra-node-info", .letter = 'B', .remedy = no_binding},
    Option{.name = "get-user-env",
           .argument = Argument::optional,
           .remedy = "remove it; begin the script with #!/bin/bash -l"},
    Option{.name = "gid", .remedy = of_the_command},
    Option{.name = "gpu-bind", .remedy = no_binding},
    Option{.name = "gpu-freq", .remedy = unknown_to_dure},
    Option{.name = "gpus", .letter = 'G', .read = store<&B::gpus, parse_gpus>},
    Option{.name = "gpus-per-node", .read = store<&B::gpus_per_node, parse_gpus>},
    Option{.name = "gpus-per-socket", .remedy = no_binding},
    Option{.name = "gpus-per-task", .read = store<&B::gpus_per_task, parse_gpus>},
    Option{.name = "gres", .read = store<&B::gpus_per_node, parse_gres>},
    Option{.name = "gres-flags", .remedy = no_binding},
    Option{.name = "help", .letter = 'h', .argument = Argument::none, .remedy = of_the_command},
    Option{.name = "hint", .remedy = no_binding},
    Option{.name = "hold", .letter = 'H', .argument = Argument::none, .read = set<&B::is_held, true>},
    Option{.name = "ignore-pbs", .argument = Argument::none, .read = accept},
    Option{.name = "input", .letter = 'i', .read = accept_only<no_input>},
    Option{.name = "job-name", .letter = 'J', .read = store<&B::name, parse_job_name>},
    Option{.name = "kill-on-invalid-dep", .remedy = unknown_to_dure},
    Option{.name = "licenses", .letter = 'L', .remedy = unknown_to_dure},
    Option{.name = "mail-type", .warning = "left out: no mail is sent"},
    Option{.name = "mail-user", .warning = "left out: no mail is sent"},
    Option{.name = "mcs-label", .remedy = unknown_to_dure},
    Option{.name = "mem", .read = store_per<&B::memory, parse_memory_amount, Per::node>},
    Option{.name = "mem-bind", .remedy = no_binding},
    Option{.name = "mem-per-cpu", .read = store_per<&B::memory, parse_memory_amount, Per::cpu>},
    Option{.name = "mem-per-gpu", .read = store_per<&B::memory, parse_memory_amount, Per::gpu>},
    Option{.name = "mincpus", .remedy = "remove it; write -c or --ntasks-per-node"},
    Option{.name = "network", .remedy = unknown_to_dure},
    Option{.name = "nice", .argument = Argument::optional, .read = store<&B::nice, parse_nice>},
    Option{.name = "no-kill", .letter = 'k', .argument = Argument::optional, .remedy = unknown_to_dure},
    Option{.name = "no-requeue", .argument = Argument::none, .read = set<&B::requeues, false>},
    Option{.name = "nodefile", .letter = 'F', .remedy = by_the_server},
    Option{.name = "nodelist", .letter = 'w', .remedy = by_the_server},
    Option{.name = "nodes", .letter = 'N', .read = store<&B::nodes, parse_nodes>},
    Option{.name = "ntasks", .letter = 'n', .read = store<&B::tasks, parse_count>},
    Option{.name = "ntasks-per-core", .remedy = no_binding},
    Option{.name = "ntasks-per-gpu", .remedy = "remove it; write -n, or --ntasks-per-node, and --gpus-per-node"},
    Option{.name = "ntasks-per-node", .read = store<&B::tasks_per_node, parse_count>},
    Option{.name = "ntasks-per-socket", .remedy = no_binding},
    Option{.name = "oom-kill-step", .argument = Argument::optional, .remedy = unknown_to_dure},
    Option{.name = "open-mode", .read = read_open_mode},
    Option{.name = "output", .letter = 'o', .read = store<&B::output, parse_file_name>},
    Option{.name = "overcommit",
           .letter = 'O',
           .argument = Argument::none,
           .remedy = "remove it; write the -n and -c it needs"},
    Option{.name = "oversubscribe", .letter = 's', .argument = Argument::none, .read = accept},
    Option{.name = "parsable", .argument = Argument::none, .remedy = of_the_command},
    Option{.name = "partition", .letter = 'p', .read = store<&B::pools, parse_pools>},
    Option{.name = "power", .remedy = unknown_to_dure},
    Option{.name = "prefer", .remedy = by_pool},
    Option{.name = "priority", .read = store<&B::priority, parse_priority>},
    Option{.name = "profile", .remedy = unknown_to_dure},
    Option{.name = "propagate",
           .argument = Argument::optional,
           .remedy = "remove it; set limits with ulimit in the script"},
    Option{.name = "qos", .letter = 'q', .read = read_qos},
    Option{.name = "quiet", .letter = 'Q', .argument = Argument::none, .warning = "left out: it is for sbatch itself"},
    Option{.name = "reboot", .argument = Argument::none, .remedy = unknown_to_dure},
    Option{.name = "requeue", .argument = Argument::none, .read = set<&B::requeues, true>},
    Option{.name = "reservation", .read = store<&B::window, parse_job_name>},
    Option{.name = "resv-ports", .argument = Argument::optional, .remedy = unknown_to_dure},
    Option{.name = "segment", .remedy = by_level},
    Option{.name = "signal", .read = store<&B::early_signal, parse_early_signal>},
    Option{.name = "sockets-per-node", .remedy = no_binding},
    Option{.name = "spread-job", .argument = Argument::none, .remedy = unknown_to_dure},
    Option{.name = "stepmgr", .argument = Argument::none, .remedy = unknown_to_dure},
    Option{.name = "switches", .remedy = by_level},
    Option{.name = "test-only", .argument = Argument::none, .remedy = of_the_command},
    Option{.name = "thread-spec", .remedy = no_binding},
    Option{.name = "threads-per-core", .remedy = no_binding},
    Option{.name = "time", .letter = 't', .read = store<&B::time_limit, parse_slurm_time>},
    Option{.name = "time-min", .remedy = "remove it; write the time limit with -t"},
    Option{.name = "tmp", .remedy = unknown_to_dure},
    Option{.name = "tres-bind", .remedy = no_binding},
    Option{.name = "tres-per-task", .remedy = "remove it; write -c and --gpus-per-task"},
    Option{.name = "uid", .remedy = of_the_command},
    Option{.name = "usage", .argument = Argument::none, .remedy = of_the_command},
    Option{.name = "use-min-nodes", .argument = Argument::none, .remedy = unknown_to_dure},
    Option{
        .name = "verbose", .letter = 'v', .argument = Argument::none, .warning = "left out: it is for sbatch itself"},
    Option{.name = "version", .letter = 'V', .argument = Argument::none, .remedy = of_the_command},
    Option{.name = "wait", .letter = 'W', .argument = Argument::none, .remedy = of_the_command},
    Option{.name = "wait-all-nodes", .remedy = "remove it: a job starts when all of it has its place"},
    Option{.name = "wckey", .remedy = unknown_to_dure},
    Option{.name = "wrap", .remedy = of_the_command},
};

const Option* find_letter(char letter) {
  for (const Option& option : options_of_sbatch) {
    if (option.letter == letter) return &option;
  }
  return nullptr;
}

// The options that begin with `name`, or the one of that name alone: a beginning will do where it is clear.
std::vector<const Option*> find_name(std::string_view name) {
  std::vector<const Option*> found;
  for (const Option& option : options_of_sbatch) {
    if (option.name == name) return {&option};
    if (option.name.starts_with(name)) found.push_back(&option);
  }
  return found;
}

std::string names_of(std::span<const Option* const> options) {
  std::vector<std::string> names;
  for (const Option* option : options) names.push_back("--" + std::string(option->name));
  const std::vector<std::string_view> views(names.begin(), names.end());
  return alternatives(views);
}

std::string suggest_option(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Option& option : options_of_sbatch) names.push_back(option.name);
  if (const auto meant = nearest(name, names)) return fmt::format("did you mean '--{}'?", *meant);
  return "remove it: sbatch has no such option";
}

// Takes options off a row of words as getopt does: `-J name`, `-Jname`, `--job-name=name`, `--job-name name`.
class Reader {
 public:
  Reader(std::span<const Word> words, BatchOptions& options, std::vector<BatchWarning>& warnings, Mistakes& mistakes)
      : words_(words), options_(options), warnings_(warnings), mistakes_(mistakes) {}

  void read_all() {
    while (at_ < words_.size()) {
      const Word& word = words_[at_++];
      if (word.text.starts_with("--") && word.text.size() > 2) {
        read_long(word);
      } else if (word.text.starts_with('-') && word.text.size() > 1) {
        read_short(word);
      } else {
        mistakes_.add(word.place, "", "found " + quote(word.text), "write an option, such as --nodes=2");
      }
    }
  }

 private:
  void read_long(const Word& word) {
    const std::string_view text = std::string_view(word.text).substr(2);
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const std::vector<const Option*> found = find_name(name);
    if (found.size() != 1) return refuse_name(word, name, found);
    Given given{.option = "--" + std::string(found.front()->name), .value = {}, .place = word.place};
    if (equals != std::string_view::npos) {
      given.value = text.substr(equals + 1);
      if (found.front()->argument == Argument::none) {
        return refuse(given, "found the value " + quote(given.value), "remove it: this option takes none");
      }
    } else if (found.front()->argument == Argument::required && !take_value(given)) {
      return;
    }
    read(*found.front(), given);
  }

  // One or more letters, the last of which may have a value.
  void read_short(const Word& word) {
    for (std::size_t i = 1; i < word.text.size(); ++i) {
      Given given{.option = std::string{'-', word.text[i]}, .value = {}, .place = word.place};
      const Option* option = find_letter(word.text[i]);
      if (option == nullptr) {
        return mistakes_.add(word.place, "", "found the unknown option " + quote(word.text.substr(0, i + 1)),
                             "remove it: sbatch has no such option");
      }
      if (option->argument != Argument::none) given.value = word.text.substr(i + 1);
      const bool wants_value = option->argument == Argument::required && given.value.empty();
      if (wants_value && !take_value(given)) return;
      read(*option, given);
      if (option->argument != Argument::none) return;
    }
  }

  // The next word is the value.
  bool take_value(Given& given) {
    if (at_ < words_.size()) {
      given.value = words_[at_++].text;
      return true;
    }
    refuse(given, "found no value", "write one after it");
    return false;
  }

  void read(const Option& option, const Given& given) {
    if (!option.warning.empty()) {
      warnings_.push_back({.place = given.place, .option = given.option, .text = std::string(option.warning)});
    } else if (option.read == nullptr) {
      refuse(given, "cannot be honoured", option.remedy);
    } else if (const auto refusal = option.read(given, options_)) {
      refuse(given, refusal->found, refusal->remedy);
    }
  }

  void refuse(const Given& given, std::string_view found, std::string_view remedy) {
    mistakes_.add(given.place, given.option, found, remedy);
  }

  void refuse_name(const Word& word, std::string_view name, std::span<const Option* const> found) {
    if (found.empty()) {
      mistakes_.add(word.place, "", "found the unknown option " + quote("--" + std::string(name)),
                    suggest_option(name));
    } else {
      mistakes_.add(word.place, "", "found " + quote("--" + std::string(name)),
                    fmt::format("write {}", names_of(found)));
    }
  }

  std::span<const Word> words_;
  BatchOptions& options_;
  std::vector<BatchWarning>& warnings_;
  Mistakes& mistakes_;
  std::size_t at_ = 0;
};

}  // namespace

void read_batch_options(std::span<const Word> words, BatchOptions& options, std::vector<BatchWarning>& warnings,
                        Mistakes& mistakes) {
  Reader(words, options, warnings, mistakes).read_all();
}

}  // namespace dure::spec
