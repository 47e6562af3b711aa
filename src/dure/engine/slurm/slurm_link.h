// How Slurm is asked. Two ways lead to the same: its commands, and slurmrestd.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/engine/account.h"

namespace dure::engine {

// A part of a job whose nodes all have as much of it.
struct SlurmComponent {
  std::vector<std::string> nodes;
  std::uint32_t tasks_per_node = 1;
  std::int64_t cpus_per_task = 1;
  std::int64_t memory_mib_per_node = 0;  // 0: as the partition has it
  std::uint32_t gpus_per_node = 0;
};

struct SlurmSubmission {
  std::string name;
  std::string comment;
  std::string partition;
  std::string qos;                         // empty: the account's own
  std::string script;                      // its text
  std::string log;                         // where what the script itself prints goes
  std::string folder;                      // where it begins
  std::int64_t minutes = 0;                // its time limit; 0: the partition's
  std::vector<SlurmComponent> components;  // not empty; several are started together or not at all
  std::optional<Account> account{};        // that it runs as; none: the server's
  std::vector<Variable> environment{};     // on top of the server's
};

enum class SlurmState : std::uint8_t {
  pending,
  running,    // or suspended, configuring, or about to end
  completed,  // by itself, with 0
  failed,     // by itself, or it outgrew its memory
  timed_out,
  cancelled,
  node_failed,  // or it could not be launched there, or was preempted
};
constexpr bool is_over(SlurmState state) { return state >= SlurmState::completed; }

struct SlurmJob {
  std::uint64_t id = 0;
  std::uint64_t leader = 0;  // of the first component, in one of several; else 0
  SlurmState state = SlurmState::pending;
  bool is_completing = false;  // some of its processes may still be there
  std::string state_text;      // as Slurm writes it
  std::string reason;          // why it waits, or ended; empty if there is none
  std::string comment;
  std::string user;
  std::uint32_t uid = 0;
  std::vector<std::string> nodes;  // that it holds or held
  // Its GPUs by node, as masks; empty where that is not told, as of those that ended.
  std::vector<std::uint64_t> devices{};
  std::optional<Time> started;
  std::optional<Time> ended;
  int exit_code = 0;  // 128 + signal, as a shell says it
};

struct SlurmNode {
  std::string name;
  bool is_down = false;    // or does not respond, is powered off, or not known any more
  bool takes_work = true;  // not drained, reserved or in maintenance
  std::string why;         // why not
};

// By this signal a script is told that its checkpoint signal is due. Whoever does not know of it is not hurt by it.
inline constexpr const char* bell_signal = "URG";

// For one thread at a time. Nothing waits longer than about `call_most`. Code::unavailable: whether it was done is not
// known; any other error says that it was not.
class SlurmLink {
 public:
  static constexpr Duration call_most = seconds(10);

  virtual ~SlurmLink() = default;
  // That Slurm answers, is one that can be talked to, and has that partition.
  virtual Result<void> check(const std::string& partition) = 0;
  // Returns the number of the job; of its first component if there are several.
  virtual Result<std::uint64_t> submit(const SlurmSubmission& submission) = 0;
  // All that Slurm knows at the moment, others' too.
  virtual Result<std::vector<SlurmJob>> jobs() = 0;
  virtual Result<std::vector<SlurmNode>> nodes() = 0;
  // What Slurm's accounts hold of a job that no list has any more, and that ran at that instant, give or take two
  // seconds; nothing if they do not say, or there are none. A controller that lost its state gives numbers again, and
  // may run the same job once more.
  virtual std::optional<SlurmJob> recall(std::uint64_t job, Time at) = 0;
  // To the script of the job; what it started in its process group may be sent it too. Of one that is over: an error
  // or none.
  virtual Result<void> signal(std::uint64_t job, const std::string& signal) = 0;
  // SIGTERM, and after Slurm's KillWait SIGKILL. Of one that is over: no error.
  virtual Result<void> cancel(std::uint64_t job) = 0;
  virtual Result<void> drain(const std::string& node, const std::string& reason) = 0;
  virtual Result<void> resume(const std::string& node) = 0;
};

}  // namespace dure::engine
