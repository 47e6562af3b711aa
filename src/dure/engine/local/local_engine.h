// Runs work on this machine, as processes that outlive the server. Each attempt of a job has a folder and, while it
// runs, a supervisor; whoever opens the engine's folder next finds both. docs/engine-local.md describes the files.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/attempt.h"
#include "dure/engine/local/machine.h"
#include "dure/engine/local/starter.h"
#include "dure/engine/output_name.h"

namespace dure::engine {

// Ports for MASTER_PORT, away from those that the kernel gives to outgoing connections.
struct PortRange {
  std::uint16_t first = 20'000;
  std::uint16_t count = 8'192;
};

struct EngineOptions {
  std::string supervisor;  // its path; empty: dure-supervisor beside the running program
  // In place of starting the supervisor ourselves. Shared with the caller, who may use it before and beside the engine.
  std::shared_ptr<Starter> starter{};
  // Called once when starts begin to wait because the starter is away, with the reason, and once when they no longer
  // do, with none: by the engine's thread, or within open() and recover().
  std::function<void(const std::string& why)> on_wait{};
  std::string tools;                                      // a folder that comes first on the jobs' PATH; empty: none
  Machine machine;                                        // as discovered
  std::int64_t output_bytes_max = std::int64_t{1} << 30;  // of one output file
  std::string closed_folder;                              // no output may lie there, but in the job's own folder
  std::uint64_t open_files = 0;                           // soft limit of each process of a job; 0: this program's own
  PortRange ports;
  Duration term_grace = seconds(5);  // from SIGTERM to SIGKILL, where an order says nothing else
  bool has_cgroups = true;           // where the kernel lets this user make them
  std::string cgroup_parent;         // a delegated cgroup's folder; empty: the server's own
};

// Callable from any thread. Orders are carried out one after the other by the engine's own thread, which also calls
// `on_report`; they never wait for a process. An order is idempotent: the attempt's folder says whether it was given.
class LocalEngine {
 public:
  // Called from the engine's thread; must not call the engine's destructor.
  using OnReport = std::function<void(const Report&)>;

  // Fails if the folder cannot be written or another process has it, or if there is no supervisor to start.
  // Requires that this process has no other engine in the folder.
  static Result<LocalEngine> open(const std::string& folder, EngineOptions options, OnReport on_report);
  // True if that process of this machine has an engine in the folder. False also where the folder cannot be entered.
  static bool is_open_in(const std::string& folder, pid_t process);
  LocalEngine(LocalEngine&&) noexcept;
  LocalEngine& operator=(LocalEngine&&) noexcept;
  // What runs goes on running.
  ~LocalEngine();

  // Returns every attempt that has a folder, in the order of ids. Those that have not ended are watched from now on;
  // an attempt whose supervisor had yet to be started when the server died is started now.
  // Call once, before all orders; reports begin after it.
  std::vector<Found> recover();

  // A report of kind `started` or `start_failed` follows, unless the attempt's folder exists.
  // Requires an attempt with tasks, whose devices are the machine's.
  void start(Attempt attempt);
  // A report of kind `ended` follows, at once if it waits to be started. One of an attempt that has no folder says
  // `lost`.
  void stop(AttemptId id, StopOrder order);
  // Removes the records of an attempt that has ended; call it when its end is kept elsewhere. Its outputs and
  // checkpoints stay. Does nothing if it runs.
  void forget(AttemptId id);

  // The job's own folder, over all its attempts.
  std::string home_of(JobId job) const;
  // The socket by which the attempt's terminal is reached while it runs, if it has one; see terminal_link.h.
  std::string terminal_path_of(AttemptId id) const;
  std::string output_path_of(const JobText& text, const OutputName& name, Stream stream) const;
  // To read what a job of that owner has written, as far as its account may; waits for nothing but a launcher.
  Result<Fd> open_log(JobId job, const Owner& owner, const std::string& path) const;

 private:
  class Body;
  explicit LocalEngine(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

}  // namespace dure::engine
