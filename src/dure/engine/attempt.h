// What the engine is told to run, and what it tells of it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/work/job_text.h"

namespace dure::engine {

// One run of a job: its first, or one after an eviction or a fault. The engine's key for everything.
struct AttemptId {
  JobId job;
  std::uint32_t restart = 0;
  auto operator<=>(const AttemptId&) const = default;
};

// JOB.RESTART, the name of its folder.
std::string to_text(AttemptId id);
std::optional<AttemptId> attempt_of(std::string_view text);

struct TaskPlan {
  std::uint32_t rank = 0;
  std::uint32_t node = 0;              // its place in Attempt::nodes
  std::vector<std::uint32_t> devices;  // of its node, by index
  std::int64_t cpu_milli = 0;
  std::int64_t memory_mib = 0;
  std::int64_t gpu_milli = 0;  // below 1000: a part of its one device
};

struct ArrayElement {
  JobId array;
  std::uint32_t index = 0;
};

// Names that go into the environment; nothing here decides anything.
struct Names {
  std::string job;
  std::string tenant;
  std::string user;
  std::string pool;
  std::string node;
};

struct Attempt {
  AttemptId id;
  Time ordered;  // with the id: one decision, for ever
  Names names;
  std::vector<std::string> nodes;  // by name, each once; a local engine has one, and does not ask which
  std::optional<ArrayElement> element;
  JobText text;
  std::vector<TaskPlan> tasks;          // not empty
  Duration time_limit;                  // zero: none
  Duration grace = seconds(30);         // from SIGTERM to SIGKILL at the time limit; at most a twentieth of that
  std::vector<Variable> environment{};  // comes on top of all else, such as the server's address
};

enum class StopKind : std::uint8_t { cancel, evict };

// An eviction sends `signal`, waits `grace` for the job to save its work, then SIGTERM, then SIGKILL. A cancellation
// has no signal: SIGTERM, `grace`, SIGKILL.
struct StopOrder {
  StopKind kind = StopKind::cancel;
  std::string signal;  // as in USR1; empty: none
  Duration grace = seconds(5);
};

enum class How : std::uint8_t {
  exited,        // by itself: each task ended, or one failed and took the others with it
  timed_out,     // its time limit passed
  cancelled,     // as ordered
  evicted,       // as ordered
  start_failed,  // nothing of it ran, or not all of it could be started
  taken_back,    // nothing of it ran or will: it may be started elsewhere
  lost,          // whoever watched it is gone and left no record: the machine restarted, or the supervisor was killed
};

struct TaskEnd {
  std::uint32_t rank = 0;
  int exit_code = 0;  // 128 + signal, as a shell says it
  Time at;
};

struct Ending {
  How how = How::exited;
  Time at;  // when the last of its processes was gone; of a lost job, when that was noticed
  std::optional<Time> started_at;
  int exit_code = 0;  // of the first task that failed; 0 if none did
  std::string why;    // complete as shown to a user; empty if it ended well
  std::vector<TaskEnd> tasks;
  Duration cpu_time;                // of all processes that were waited for
  std::int64_t memory_mib_max = 0;  // of the largest process
};

struct Report {
  enum class Kind : std::uint8_t { started, start_failed, ended };
  AttemptId id;
  Kind kind = Kind::started;
  Time at;        // when it happened
  Ending ending;  // unless `started`
  // Of a start, by place in Attempt::nodes: masks of the devices that the engine chose; empty: those it was told, or
  // not known.
  std::vector<std::uint64_t> devices{};
};

// Whole CPUs, at least one: what programs take as their number of threads.
std::int64_t whole_cpus(std::int64_t milli);

// What an engine finds of former attempts when it opens its folder.
struct Found {
  enum class State : std::uint8_t { starting, running, ended };
  AttemptId id;
  State state = State::starting;
  std::optional<Time> started_at;
  std::optional<Ending> ending;  // if ended
};

}  // namespace dure::engine
