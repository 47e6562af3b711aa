#include "dure/engine/local/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "dure/engine/local/cgroup.h"
#include "dure/engine/local/nvml.h"
#include "dure/engine/record.h"

namespace dure::engine {
namespace {

std::optional<std::int64_t> read_integer(const std::string& path) {
  std::string text = read_file(path).value_or("");
  return parse_integer(std::string_view(text).substr(0, text.find_first_of(" \n")));
}

// Returns the least that the function finds in the folder of a group or of one above it.
template <class Find>
std::optional<std::int64_t> least_upwards(const std::string& folder, const Find& find) {
  std::optional<std::int64_t> least;
  for (std::string at = folder; at.size() > 1; at.resize(std::max(at.rfind('/'), std::size_t{0}))) {
    const auto found = find(at);
    if (found && (!least || *found < *least)) least = found;
    if (at.find('/', 1) == std::string::npos) break;
  }
  return least;
}

// Version 2 says `QUOTA PERIOD` or `max PERIOD` in one file.
std::optional<std::int64_t> cpu_quota(const std::string& folder) {
  const std::string text = read_file(folder + "/cpu.max").value_or("");
  const std::size_t space = std::min(text.find(' '), text.size());
  auto quota = parse_integer(std::string_view(text).substr(0, space));
  auto period = read_integer(folder + "/cpu.cfs_period_us");
  if (quota) period = parse_integer(std::string_view(text).substr(space + 1, text.find('\n') - space - 1));
  if (!quota) quota = read_integer(folder + "/cpu.cfs_quota_us");
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return *quota * 1'000 / *period;
}

std::optional<std::int64_t> memory_limit(const std::string& folder) {
  auto bytes = read_integer(folder + "/memory.max");
  if (!bytes) bytes = read_integer(folder + "/memory.limit_in_bytes");
  return bytes ? std::optional(*bytes >> 20) : std::nullopt;
}

std::int64_t usable_cpu_milli() {
  // Larger than the kernel's own: a set that is too small would be refused.
  std::array<unsigned long, 1024> mask{};
  const std::size_t size = sizeof mask;
  std::int64_t cpus = 0;
  if (::sched_getaffinity(0, size, reinterpret_cast<cpu_set_t*>(mask.data())) == 0) {
    cpus = CPU_COUNT_S(size, reinterpret_cast<cpu_set_t*>(mask.data()));
  }
  std::int64_t milli = std::max(cpus, std::int64_t{1}) * 1'000;
  for (const OwnGroup& group : own_groups()) {
    if (const auto quota = least_upwards(group.folder, cpu_quota)) milli = std::min(milli, *quota);
  }
  return milli;
}

std::int64_t usable_memory_mib() {
  std::int64_t mib = static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGE_SIZE) >> 20;
  for (const OwnGroup& group : own_groups()) {
    if (const auto limit = least_upwards(group.folder, memory_limit)) mib = std::min(mib, *limit);
  }
  return mib;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

void add_emulated(Machine& machine, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) machine.devices.push_back({.index = i, .gpu = i, .model = "emulated"});
  machine.note = "the GPUs are emulated: jobs get labelled slots, and nothing behind them";
}

}  // namespace

Machine discover(const DeviceOptions& options) {
  Machine machine{.host = host_name(), .cpu_milli = usable_cpu_milli(), .memory_mib = usable_memory_mib()};
  if (options.emulated) {
    add_emulated(machine, *options.emulated);
  } else if (!options.nvml_library.empty()) {
    auto gpus = read_gpus(options.nvml_library);
    if (gpus) {
      machine.devices = std::move(gpus->devices);
      machine.driver = std::move(gpus->driver);
    } else {
      machine.note = gpus.error().message;
    }
  }
  return machine;
}

bool refresh(Machine& machine, const DeviceOptions& options) {
  if (options.emulated || options.nvml_library.empty()) return true;
  const auto gpus = read_gpus(options.nvml_library);
  for (Device& device : machine.devices) {
    const auto now = [&]() -> const Device* {
      if (!gpus) return nullptr;
      for (const Device& one : gpus->devices) {
        if (one.uuid == device.uuid && !one.uuid.empty()) return &one;
      }
      return nullptr;
    }();
    if (now != nullptr) {
      const std::uint32_t index = device.index;
      device = *now;
      device.index = index;
    } else {
      device.is_healthy = false;
      device.why_not = gpus ? "the driver no longer shows it" : gpus.error().message;
    }
  }
  return gpus.has_value();
}

}  // namespace dure::engine
