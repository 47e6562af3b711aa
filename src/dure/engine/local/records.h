// The records in an attempt's folder, in the order in which they appear. docs/engine-local.md describes the files.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/engine/attempt.h"
#include "dure/engine/local/cgroup.h"
#include "dure/engine/record.h"

namespace dure::engine {

// Names of the files in an attempt's folder.
namespace file {
inline constexpr const char* launch = "launch";
inline constexpr const char* script = "script";
inline constexpr const char* lock = "lock";
inline constexpr const char* running = "running";
inline constexpr const char* started = "started";
inline constexpr const char* stop = "stop";
inline constexpr const char* ended = "ended";
inline constexpr const char* terminal = "terminal";  // a socket
}  // namespace file

// The variable by which processes of an attempt are found when nobody else knows them.
inline constexpr const char* token_variable = "DURE_ATTEMPT";

// One process that the supervisor starts: a task, or the whole job where its script runs once.
struct ProcessPlan {
  std::uint32_t rank = 0;
  std::vector<Variable> environment;  // on top of what all have
  std::string output;                 // absolute
  std::string error;                  // empty: where `output` goes
};

// All that a supervisor needs to know; written by the engine before there is a supervisor.
struct Launch {
  AttemptId id;
  std::string token;
  std::string tenant;  // of whom it is, with `user`
  std::string user;
  std::string home;  // the job's own folder
  std::vector<std::string> arguments;
  std::string directory;
  bool appends = false;
  bool has_terminal = false;  // its one process
  std::optional<EarlySignal> early_signal;
  Duration time_limit;  // zero: none
  Duration grace;       // from SIGTERM to SIGKILL at the time limit; at most a twentieth of that
  Duration term_grace;  // from any other SIGTERM to SIGKILL
  std::int64_t output_bytes_max = 0;
  std::uint64_t open_files = 0;  // soft limit of each process; 0: the supervisor's own
  std::uint16_t port = 0;
  CgroupPlan cgroup;
  std::vector<std::uint32_t> gpus;  // by the minor numbers of their files in /dev: those that a launcher lets it open
  std::vector<Variable> environment;
  std::vector<ProcessPlan> processes;
};

// Written before the first process is started: whoever finds it knows that the attempt may have run.
struct Running {
  std::string boot;
  pid_t pid = 0;  // of the supervisor
  std::uint64_t start = 0;
  Time at;
  std::string limits;                // what limits the kernel holds it to, in words
  std::vector<std::string> cgroups;  // folders
};

// Written when all processes have been started.
struct Started {
  Time at;
  std::vector<pid_t> pids;  // by rank
};

Result<void> write_record(const std::string& folder, const Launch& launch, Sync sync);
Result<void> write_record(const std::string& folder, const Running& running, Sync sync);
Result<void> write_record(const std::string& folder, const Started& started, Sync sync);
Result<void> write_record(const std::string& folder, const StopOrder& order, Sync sync);
Result<void> write_record(const std::string& folder, const Ending& ending, Sync sync);

// `not_found` if it has not been written, `failed` if it cannot be believed.
Result<Launch> read_launch(const std::string& folder);
Result<Running> read_running(const std::string& folder);
Result<Started> read_started(const std::string& folder);
Result<StopOrder> read_stop(const std::string& folder);
Result<Ending> read_ending(const std::string& folder);

}  // namespace dure::engine
