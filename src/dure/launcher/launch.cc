#include "dure/launcher/launch.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "dure/engine/local/lock.h"
#include "dure/engine/local/unix_account.h"
#include "dure/engine/record.h"

namespace dure::launcher {
namespace {

constexpr std::array kept_capabilities{CAP_KILL, CAP_SETGID, CAP_SETUID};

bool is_kept(int capability) {
  for (const int kept : kept_capabilities) {
    if (kept == capability) return true;
  }
  return false;
}

void put(const char* path, const char* text, std::size_t size) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(file, text, size);
  ::close(file);
}

// Nothing that this starts can ever have more, not by a program that gives rights either.
void bound_capabilities() {
  for (int capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    if (!is_kept(capability)) ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
}

// The capabilities pass the exec as ambient ones; the supervisor gives up two of them before it reads anything.
bool become_server(const LaunchPlan& plan) {
  const auto& groups = plan.account.groups;  // the tasks' ones; they cannot be set any more when those begin
  if (::setgroups(groups.size(), groups.data()) != 0 || ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return false;
  const gid_t gid = plan.server.gid;
  const uid_t uid = plan.server.uid;
  if (::setresgid(gid, gid, gid) != 0 || ::setresuid(uid, uid, uid) != 0) return false;
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> sets{};
  for (const int capability : kept_capabilities) sets[0].permitted |= 1U << capability;
  sets[0].effective = sets[0].inheritable = sets[0].permitted;
  if (::syscall(SYS_capset, &header, sets.data()) != 0) return false;
  for (const int capability : kept_capabilities) {
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) return false;
  }
  return true;
}

void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t blocked;
  ::sigemptyset(&blocked);
  // A wake before it listens must wait, and not end it.
  ::sigaddset(&blocked, engine::wake_signal);
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

// In the child; returns only if it fails.
void become_supervisor(const LaunchPlan& plan, char* const* arguments, char* const* environment) {
  ::setsid();
  ::umask(022);
  for (const std::string& door : plan.group.doors) put(door.c_str(), "0", 1);
  // Written by root, this is also the least that a job can give itself.
  put("/proc/self/oom_score_adj", "0", 1);
  bound_capabilities();
  if (!become_server(plan)) return;
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const std::string log = plan.folder + "/supervisor.log";
  const int errors = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (errors < 0 || ::chdir("/") != 0) return;
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  reset_signals();
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  ::execve(arguments[0], arguments, environment);
}

std::vector<std::string> environment_of(const LaunchPlan& plan) {
  const Account& account = plan.account;
  std::string folders;
  for (const std::string& folder : plan.group.folders) folders += (folders.empty() ? "" : ":") + folder;
  const auto set = [](const std::string& name, const std::string& value) { return name + '=' + value; };
  std::vector<std::string> assignments{
      set(engine::word::uid, std::to_string(account.uid)), set(engine::word::gid, std::to_string(account.gid)),
      set(engine::word::processes, std::to_string(plan.processes_max)), set(engine::word::cgroups, folders)};
  for (const Variable& variable : engine::environment_of(account, plan.home)) {
    assignments.push_back(set(variable.name, variable.value));
  }
  return assignments;
}

}  // namespace

Result<engine::Fd> launch(const LaunchPlan& plan) {
  std::array<std::string, 2> words{plan.program, plan.folder};
  const std::array<char*, 3> arguments{words[0].data(), words[1].data(), nullptr};
  std::vector<std::string> assignments = environment_of(plan);
  std::vector<char*> environment;
  for (std::string& assignment : assignments) environment.push_back(assignment.data());
  environment.push_back(nullptr);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tl::unexpected(engine::system_error("cannot make", "a pipe"));
  const engine::Fd reader(ends[0]);
  engine::Fd writer(ends[1]);
  // As fork(), with a handle from the first: nobody waits for this process, so its number may be another's in a moment.
  int handle_fd = -1;
  const long pid = ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &handle_fd, nullptr, nullptr);
  if (pid < 0) return tl::unexpected(engine::system_error("cannot start", "a process"));
  if (pid == 0) {
    become_supervisor(plan, arguments.data(), environment.data());
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(writer.get(), &error, sizeof error);
    ::_exit(127);
  }
  engine::Fd handle(handle_fd);
  writer.reset();
  int error = 0;
  if (::read(reader.get(), &error, sizeof error) != sizeof error) return handle;
  errno = error;
  return tl::unexpected(engine::system_error("cannot start the supervisor in", plan.folder));
}

}  // namespace dure::launcher
