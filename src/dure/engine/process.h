// Processes of this machine, as /proc shows them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/time.h"

namespace dure::engine {

// Differs after every restart of the machine.
std::string boot_id();

// CLOCK_REALTIME, for records.
Time wall_time();
// CLOCK_MONOTONIC, for limits; its zero means nothing.
Duration steady_time();

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  std::uint64_t start = 0;  // clock ticks since the machine started: with boot id and pid, one process for ever
  bool is_zombie = false;
};

std::optional<Process> process(pid_t pid);
// Children of `ancestor`, their children and so on; none that has ended.
std::vector<pid_t> descendants(pid_t ancestor);
// Those whose environment holds NAME=VALUE; none that has ended.
std::vector<pid_t> processes_with(std::string_view variable);

// 0 if there is no such signal. Takes `USR1`, `SIGUSR1` and `10`.
int signal_number(std::string_view text);
// SIGUSR1
std::string signal_name(int signal);
// True if the process has a handler for the signal or blocks it to wait for it: it would not die of it.
bool hears(pid_t pid, int signal);

// Kills what `list` returns. All is stopped first, until the list has nothing new, so that none can fork away.
void kill_all(const std::function<std::vector<pid_t>()>& list);

void kill_all(const std::vector<pid_t>& pids);

}  // namespace dure::engine
