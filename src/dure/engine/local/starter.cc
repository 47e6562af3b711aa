#include "dure/engine/local/starter.h"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "dure/engine/local/lock.h"
#include "dure/engine/record.h"

namespace dure::engine {
namespace {

// Returns the pid of a supervisor that is no part of this process's session and holds none of its files.
Result<pid_t> spawn_supervisor(const std::string& program, const std::string& folder) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t files;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_init(&files);
  sigset_t all;
  sigset_t blocked;
  ::sigfillset(&all);
  // A wake before it listens must wait, and not end it.
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, wake_signal);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &blocked);
  // The server may have precedence; it is not for jobs.
  const sched_param no_priority{};
  ::posix_spawnattr_setschedpolicy(&attributes, SCHED_OTHER);
  ::posix_spawnattr_setschedparam(&attributes, &no_priority);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSCHEDULER);
  const std::string log = folder + "/supervisor.log";
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDWR, 0);
  ::posix_spawn_file_actions_adddup2(&files, STDIN_FILENO, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::array<std::string, 2> words{program, folder};
  const std::array<char*, 3> arguments{words[0].data(), words[1].data(), nullptr};
  const std::array<char*, 1> environment{nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program.c_str(), &files, &attributes, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  errno = error;
  if (error != 0) return tl::unexpected(system_error("cannot start the supervisor", program));
  return pid;
}

class OurSelves final : public Starter {
 public:
  OurSelves(std::string supervisor, std::string jobs_folder)
      : supervisor_(std::move(supervisor)), jobs_folder_(std::move(jobs_folder)) {}

  const std::string& jobs_folder() const override { return jobs_folder_; }
  Result<Fd> start(AttemptId, const Owner&, const AttemptFolder& folder) override {
    return spawn_supervisor(supervisor_, folder.path()).map([](pid_t pid) {
      return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    });
  }
  Result<void> kill_leftovers(AttemptId, const AttemptFolder& folder) override {
    folder.kill_leftovers();
    return {};
  }
  void forget(AttemptId) override {}
  Result<Fd> open_log(const Owner&, const std::string& path, const Reach& reach) override {
    return open_within(path, reach);
  }

 private:
  std::string supervisor_;
  std::string jobs_folder_;
};

}  // namespace

Result<std::unique_ptr<Starter>> start_by_ourselves(std::string supervisor, std::string jobs_folder) {
  if (::access(supervisor.c_str(), X_OK) != 0) {
    return tl::unexpected(system_error("cannot run the supervisor", supervisor));
  }
  return std::make_unique<OurSelves>(std::move(supervisor), std::move(jobs_folder));
}

}  // namespace dure::engine
