// The control group that holds one attempt: its limits of CPU and memory, and the surest way to kill all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dure::engine {

struct CgroupPlan {
  bool is_wanted = true;
  std::string parent;                // a cgroup's folder that this user may write; empty: the caller's own groups
  std::int64_t cpu_milli = 0;        // zero: no limit
  std::int64_t memory_mib = 0;       // zero: no limit
  std::int64_t processes = 0;        // and threads; zero: no limit
  std::vector<std::string> parents;  // folders that a launcher made for this attempt; before `parent`
};

// Folders below the caller's own groups, of version 2, version 1 or both, as far as the kernel and the rights of this
// user go. What cannot be had is left out without an error; `limits` says what holds.
class Cgroup {
 public:
  Cgroup() = default;
  static Cgroup create(const std::string& name, const CgroupPlan& plan);
  // One that another process made.
  static Cgroup find(std::vector<std::string> folders);

  // In words, such as `cpu and memory` or `none`.
  const std::string& limits() const { return limits_; }
  const std::vector<std::string>& folders() const { return folders_; }
  bool limits_processes() const { return limits_processes_; }
  // Puts the calling process in. Allocates nothing: may be called between fork and exec.
  void enter() const;
  // Sends SIGKILL to every process inside.
  void kill() const;
  // True if the kernel killed one of its processes for want of memory.
  bool ran_out_of_memory() const;
  // Removes the folders. Requires that no process is left.
  void remove();

 private:
  std::vector<std::string> folders_;
  std::vector<std::string> doors_;  // the files to write oneself into
  std::string limits_ = "none";
  bool limits_processes_ = false;
};

// The folders of the calling process's own groups: one of version 2, one of each version 1 hierarchy with `cpu`,
// `memory` or `pids`. `is_unified` tells which.
struct OwnGroup {
  std::string folder;
  std::string controllers;  // of version 1, as in `cpu,cpuacct`; empty: version 2
  bool is_unified() const { return controllers.empty(); }
};
std::vector<OwnGroup> own_groups();
// Those of the same hierarchies at another path, such as `/dure`, whether they exist or not.
std::vector<OwnGroup> groups_at(std::string_view path);
// Lets the groups below a folder of version 2 have limits, as far as the kernel goes.
void enable_controllers(const std::string& folder);
// The same, read from the two texts of /proc/self/cgroup and /proc/self/mountinfo.
std::vector<OwnGroup> own_groups(std::string_view cgroup, std::string_view mountinfo);

}  // namespace dure::engine
