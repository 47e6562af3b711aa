// What the options of sbatch ask for, on #SBATCH lines or the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/time.h"
#include "dure/spec/batch_line.h"
#include "dure/spec/mistakes.h"
#include "dure/work/dependency.h"
#include "dure/work/job_text.h"

namespace dure::spec {

// An option as it was given.
struct Given {
  std::string option;  // `--mem` or `-N`
  std::string value;
  Place place;
};

template <class T>
struct Asked {
  T value{};
  Given given;
};
template <class T>
using Ask = std::optional<Asked<T>>;

struct NodeCount {
  std::uint32_t min = 1;
  std::uint32_t max = 1;
};

struct GpuCount {
  std::uint32_t count = 0;
  std::string model;  // empty: any
};

struct MemoryAmount {
  enum class Per : std::uint8_t { node, cpu, gpu };
  Per per = Per::node;
  std::int64_t mib = 0;
};

// CPUs of each task, or for each GPU.
struct CpuCount {
  enum class Per : std::uint8_t { task, gpu };
  Per per = Per::task;
  std::uint32_t count = 1;
};

struct BatchDependencies {
  std::vector<Dependency> after;
  bool is_singleton = false;
};

// Which variables of the submitting shell go along.
struct Export {
  struct Name {
    std::string name;
    std::optional<std::string> value;  // nullopt: as it is in the shell
  };
  bool all = true;
  std::vector<Name> names;
};

struct BatchOptions {
  Ask<std::string> name;
  Ask<std::string> window;
  Ask<std::string> tenant;
  Ask<std::vector<std::string>> pools;
  Ask<NodeCount> nodes;
  Ask<std::uint32_t> tasks;
  Ask<std::uint32_t> tasks_per_node;
  Ask<CpuCount> cpus;
  Ask<GpuCount> gpus;
  Ask<GpuCount> gpus_per_node;
  Ask<GpuCount> gpus_per_task;
  Ask<MemoryAmount> memory;
  Ask<Duration> time_limit;
  Ask<std::string> array;
  Ask<BatchDependencies> dependencies;
  Ask<std::string> output;
  Ask<std::string> error;
  Ask<std::string> directory;
  Ask<EarlySignal> early_signal;
  Ask<Export> exported;
  Ask<std::int64_t> nice;
  Ask<std::int64_t> priority;
  bool appends = false;
  bool is_held = false;
  bool requeues = true;
};

// What may be left out without changing what the job does, told to its user: `run.sh:3:9: --mail-type: ...`.
struct BatchWarning {
  Place place;
  std::string option;
  std::string text;
};

// Reads the options in `words`, which later ones override. Options that Dure cannot honour are mistakes.
void read_batch_options(std::span<const Word> words, BatchOptions& options, std::vector<BatchWarning>& warnings,
                        Mistakes& mistakes);

}  // namespace dure::spec
