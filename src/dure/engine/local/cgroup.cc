#include "dure/engine/local/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "dure/engine/fd.h"
#include "dure/engine/process.h"
#include "dure/engine/record.h"

namespace dure::engine {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return parts;
}

bool has_word(std::string_view list, std::string_view word, char separator = ',') {
  const auto words = split(list, separator);
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Files of a cgroup exist already: one that does not is a limit that the kernel does not offer.
bool put(const std::string& path, std::string_view text) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

struct Mount {
  std::string root;
  std::string point;
};

// Returns where the hierarchy is mounted: version 2 where `controllers` is empty.
std::optional<Mount> mount_of(std::string_view mountinfo, std::string_view controllers) {
  for (const std::string_view line : split(mountinfo, '\n')) {
    const auto words = split(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 6 || words.end() - dash < 4) continue;
    const std::string_view type = dash[1];
    const bool is_it = controllers.empty() ? type == "cgroup2"
                                           : type == "cgroup" && has_word(dash[3], split(controllers, ',').front());
    if (is_it) return Mount{std::string(words[3]), std::string(words[4])};
  }
  return std::nullopt;
}

std::string joined(const Mount& mount, std::string_view path) {
  if (mount.root != "/" && path.starts_with(mount.root)) path.remove_prefix(mount.root.size());
  return path == "/" || path.empty() ? mount.point : mount.point + std::string(path);
}

OwnGroup given_group(const std::string& folder) {
  return {folder, ::access((folder + "/cgroup.controllers").c_str(), F_OK) == 0 ? "" : "given"};
}

std::vector<OwnGroup> parents_of(const CgroupPlan& plan) {
  if (plan.parents.empty()) {
    return plan.parent.empty() ? own_groups() : std::vector<OwnGroup>{given_group(plan.parent)};
  }
  std::vector<OwnGroup> groups;
  for (const std::string& folder : plan.parents) groups.push_back(given_group(folder));
  return groups;
}

bool limit_cpu(const std::string& folder, std::int64_t milli) {
  constexpr std::int64_t period_us = 100'000;
  const std::string quota = std::to_string(milli * period_us / 1'000);
  return put(folder + "/cpu.max", quota + ' ' + std::to_string(period_us)) || put(folder + "/cpu.cfs_quota_us", quota);
}

bool limit_memory(const std::string& folder, std::int64_t mib) {
  const std::string bytes = std::to_string(mib * 1024 * 1024);
  // All of it or none: half a gang is of no use, and a script that lost its worker would wait for ever.
  put(folder + "/memory.oom.group", "1");
  put(folder + "/memory.swap.max", "0");
  return put(folder + "/memory.max", bytes) || put(folder + "/memory.limit_in_bytes", bytes);
}

std::string in_words(bool has_cpu, bool has_memory) {
  if (has_cpu && has_memory) return "cpu and memory";
  if (has_cpu) return "cpu";
  return has_memory ? "memory" : "none";
}

}  // namespace

std::vector<OwnGroup> own_groups(std::string_view cgroup, std::string_view mountinfo) {
  std::vector<OwnGroup> groups;
  for (const std::string_view line : split(cgroup, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && !has_word(controllers, "cpu") && !has_word(controllers, "memory") &&
        !has_word(controllers, "pids")) {
      continue;
    }
    const auto mount = mount_of(mountinfo, controllers);
    if (mount) groups.push_back({joined(*mount, line.substr(second + 1)), std::string(controllers)});
  }
  return groups;
}

std::vector<OwnGroup> own_groups() {
  return own_groups(read_file("/proc/self/cgroup").value_or(""), read_file("/proc/self/mountinfo").value_or(""));
}

std::vector<OwnGroup> groups_at(std::string_view path) {
  std::string moved;
  const std::string own = read_file("/proc/self/cgroup").value_or("");
  for (const std::string_view line : split(own, '\n')) {
    moved += std::string(line.substr(0, line.find(':', line.find(':') + 1) + 1)) + std::string(path) + '\n';
  }
  return own_groups(moved, read_file("/proc/self/mountinfo").value_or(""));
}

// One after the other: a controller that is not there must not cost the others.
void enable_controllers(const std::string& folder) {
  for (const char* controller : {"+cpu", "+memory", "+pids"}) put(folder + "/cgroup.subtree_control", controller);
}

Cgroup Cgroup::create(const std::string& name, const CgroupPlan& plan) {
  Cgroup group;
  if (!plan.is_wanted) return group;
  std::vector<std::string> folders;
  bool has_cpu = false;
  bool has_memory = false;
  bool has_processes = false;
  for (const OwnGroup& parent : parents_of(plan)) {
    // Fails where the parent has processes of its own; its children then can be killed, but not limited.
    if (parent.is_unified()) enable_controllers(parent.folder);
    const std::string folder = parent.folder + '/' + name;
    if (::mkdir(folder.c_str(), 0755) != 0) continue;
    has_cpu |= plan.cpu_milli > 0 && limit_cpu(folder, plan.cpu_milli);
    has_memory |= plan.memory_mib > 0 && limit_memory(folder, plan.memory_mib);
    has_processes |= plan.processes > 0 && put(folder + "/pids.max", std::to_string(plan.processes));
    folders.push_back(folder);
  }
  group = find(std::move(folders));
  group.limits_ = in_words(has_cpu, has_memory);
  group.limits_processes_ = has_processes;
  return group;
}

Cgroup Cgroup::find(std::vector<std::string> folders) {
  Cgroup group;
  group.folders_ = std::move(folders);
  for (const std::string& folder : group.folders_) group.doors_.push_back(folder + "/cgroup.procs");
  return group;
}

void Cgroup::enter() const {
  for (const std::string& door : doors_) {
    const int file = ::open(door.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) continue;
    [[maybe_unused]] const ssize_t written = ::write(file, "0", 1);
    ::close(file);
  }
}

void Cgroup::kill() const {
  for (const std::string& folder : folders_) {
    if (put(folder + "/cgroup.kill", "1")) continue;
    kill_all([&] {
      std::vector<pid_t> pids;
      const std::string text = read_file(folder + "/cgroup.procs").value_or("");
      for (const std::string_view line : split(text, '\n')) {
        if (const auto pid = parse_integer(line); pid && *pid > 0) pids.push_back(static_cast<pid_t>(*pid));
      }
      return pids;
    });
  }
}

bool Cgroup::ran_out_of_memory() const {
  for (const std::string& folder : folders_) {
    const std::string events = read_file(folder + "/memory.events").value_or("") + '\n' +
                               read_file(folder + "/memory.oom_control").value_or("");
    for (const std::string_view line : split(events, '\n')) {
      if (line.starts_with("oom_kill ") && line != "oom_kill 0") return true;
    }
  }
  return false;
}

void Cgroup::remove() {
  for (const std::string& folder : folders_) ::rmdir(folder.c_str());
  folders_.clear();
  doors_.clear();
}

}  // namespace dure::engine
