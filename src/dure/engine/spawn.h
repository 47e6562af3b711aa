// Starting one process of a job: in a session and process group of its own, with a clean slate of signals and files.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/fd.h"
#include "dure/engine/local/cgroup.h"
#include "dure/engine/local/unix_account.h"
#include "dure/work/job_text.h"

namespace dure::engine {

// By the script's #! line, else by /bin/sh: the program and what it is called with, as the kernel would do it.
std::vector<std::string> command_of(std::string_view script_text, const std::string& script_path,
                                    const std::vector<std::string>& arguments);

// An error that names what is missing, if `command` cannot be run or `directory` cannot be entered.
Result<void> check_command(const std::vector<std::string>& command, const std::string& directory);

// Later ones replace earlier ones of the same name; in the order of names.
std::vector<Variable> merged(const std::vector<Variable>& below, const std::vector<Variable>& above);

// The texts as C takes a list of them, with a null at its end; valid as long as they are.
std::vector<char*> null_ended(std::vector<std::string>& texts);

// Descriptors for the standard files of a process.
struct StandardFiles {
  int output = -1;
  int error = -1;
  int terminal = -1;  // in place of the others: becomes its controlling terminal and all its standard files
};

// A door at which processes that were started wait until all may begin. Only as many pass as it was opened for: one
// that closes because its owner has died lets nobody through.
class Gate {
 public:
  static Result<Gate> make();
  void open(std::size_t processes) const;
  // Of a child; returns whether it may begin. Allocates nothing.
  bool pass() const;

 private:
  Fd reader_;
  Fd writer_;
};

struct SpawnPlan {
  const std::vector<std::string>& command;
  const std::vector<Variable>& environment;
  const std::string& directory;
  const Cgroup& cgroup;
  const UnixAccount& account;
  const Gate& gate;
  std::uint64_t open_files = 0;  // soft limit; 0: as the caller's
  StandardFiles files;
};

struct Spawned {
  pid_t pid = 0;
  Fd mishap;  // what kept it from beginning
};

// Returns a process that waits at the gate. It is killed if the caller dies.
// Requires a caller without other threads.
Result<Spawned> spawn(const SpawnPlan& plan);

// Waits, once the gate is open, until the program has begun; an error if it could not, and then the process is gone.
Result<void> await_begin(const Spawned& spawned, const std::string& program, const std::string& directory);

}  // namespace dure::engine
