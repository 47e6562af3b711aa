#include "dure/engine/process.h"

#include <dirent.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <ctime>
#include <memory>
#include <set>
#include <unordered_map>

#include "dure/engine/record.h"

namespace dure::engine {
namespace {

Duration clock_reading(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return seconds(now.tv_sec) + Duration{now.tv_nsec};
}

std::string proc_path(pid_t pid, std::string_view file) {
  return "/proc/" + std::to_string(pid) + '/' + std::string(file);
}

std::vector<pid_t> all_pids() {
  std::vector<pid_t> pids;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
  if (!folder) return pids;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (const auto pid = parse_integer(entry->d_name)) pids.push_back(static_cast<pid_t>(*pid));
  }
  return pids;
}

// The word after which `count` others have passed.
std::string_view word_at(std::string_view line, int count) {
  for (; count > 0; --count) line.remove_prefix(std::min(line.size(), line.find(' ') + 1));
  return line.substr(0, line.find(' '));
}

// The mask that /proc/PID/status shows in a line such as `SigCgt:\t0000000000000200`.
std::uint64_t signal_mask(std::string_view status, std::string_view name) {
  const std::size_t at = status.find(name);
  if (at == std::string_view::npos) return 0;
  return ::strtoull(std::string(status.substr(at + name.size() + 1, 20)).c_str(), nullptr, 16);
}

bool is_asleep(const std::string& status) { return status.find("\nState:\tS") != std::string::npos; }

// The lines that count how often it was given a CPU.
std::string_view switches(const std::string& status) {
  return std::string_view(status).substr(std::min(status.size(), status.find("\nvoluntary_ctxt_switches:")));
}

}  // namespace

std::string boot_id() {
  std::string id = read_file("/proc/sys/kernel/random/boot_id").value_or("unknown");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

Time wall_time() { return Time{} + clock_reading(CLOCK_REALTIME); }
Duration steady_time() { return clock_reading(CLOCK_MONOTONIC); }

std::optional<Process> process(pid_t pid) {
  const auto text = read_file(proc_path(pid, "stat"));
  if (!text) return std::nullopt;
  // The name is in brackets and may hold anything, brackets too.
  const std::size_t bracket = text->rfind(") ");
  if (bracket == std::string::npos) return std::nullopt;
  const std::string_view rest = std::string_view(*text).substr(bracket + 2);
  const std::string_view state = word_at(rest, 0);
  return Process{.pid = pid,
                 .parent = static_cast<pid_t>(parse_integer(word_at(rest, 1)).value_or(0)),
                 .start = static_cast<std::uint64_t>(parse_integer(word_at(rest, 19)).value_or(0)),
                 .is_zombie = state == "Z" || state == "X"};
}

std::vector<pid_t> descendants(pid_t ancestor) {
  std::unordered_map<pid_t, std::vector<Process>> children;
  for (const pid_t pid : all_pids()) {
    if (const auto one = process(pid)) children[one->parent].push_back(*one);
  }
  std::vector<pid_t> found;
  std::vector<pid_t> open{ancestor};
  while (!open.empty()) {
    const pid_t parent = open.back();
    open.pop_back();
    for (const Process& child : children[parent]) {
      open.push_back(child.pid);
      if (!child.is_zombie) found.push_back(child.pid);
    }
  }
  return found;
}

std::vector<pid_t> processes_with(std::string_view variable) {
  const std::string wanted = '\0' + std::string(variable) + '\0';
  std::vector<pid_t> found;
  for (const pid_t pid : all_pids()) {
    const auto environment = read_file(proc_path(pid, "environ"));
    if (environment && ('\0' + *environment).find(wanted) != std::string::npos) found.push_back(pid);
  }
  return found;
}

int signal_number(std::string_view text) {
  if (const auto number = parse_integer(text)) return *number >= 1 && *number < NSIG ? static_cast<int>(*number) : 0;
  if (text.starts_with("SIG")) text.remove_prefix(3);
  for (int signal = 1; signal < NSIG; ++signal) {
    const char* name = ::sigabbrev_np(signal);
    if (name != nullptr && text == name) return signal;
  }
  return 0;
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

bool hears(pid_t pid, int signal) {
  if (signal < 1) return false;
  const std::uint64_t bit = std::uint64_t{1} << (signal - 1);
  const auto first = read_file(proc_path(pid, "status"));
  if (!first) return false;
  if ((signal_mask(*first, "SigCgt:") & bit) != 0) return true;
  if ((signal_mask(*first, "SigBlk:") & bit) == 0) return false;
  // A shell blocks all signals for the moment in which it forks; one that waits for them sleeps. The kernel does not
  // write the text at one instant: only if nothing ran between two of them do they speak of a sleeper.
  const auto second = read_file(proc_path(pid, "status"));
  if (!second || (signal_mask(*second, "SigBlk:") & bit) == 0) return false;
  const bool has_threads = second->find("\nThreads:\t1\n") == std::string::npos;
  return has_threads || (is_asleep(*first) && is_asleep(*second) && switches(*first) == switches(*second));
}

void kill_all(const std::function<std::vector<pid_t>()>& list) {
  constexpr int passes_max = 64;
  std::set<pid_t> stopped;
  for (int pass = 0; pass < passes_max; ++pass) {
    const std::size_t before = stopped.size();
    for (const pid_t pid : list()) {
      if (stopped.insert(pid).second) ::kill(pid, SIGSTOP);
    }
    if (stopped.size() == before) break;
  }
  for (const pid_t pid : list()) ::kill(pid, SIGKILL);
}

}  // namespace dure::engine
