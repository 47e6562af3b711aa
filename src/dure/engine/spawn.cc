#include "dure/engine/spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <utility>

#include "dure/engine/record.h"

namespace dure::engine {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

enum class Stage : int { take_account, enter_directory, take_terminal, run };

// What a child that could not become the program tells its parent.
struct Mishap {
  Stage stage = Stage::run;
  int error = 0;
};

void reset_signals() {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void give_back_oom_protection() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(file, "0", 1);
  ::close(file);
}

// The server has more for its connections; programs that walk all descriptors, or use select(), want the usual number.
void limit_open_files(std::uint64_t soft) {
  rlimit files{};
  if (soft == 0 || ::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = std::min<rlim_t>(soft, files.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &files);
}

// What the server may have for itself.
void forbid_real_time() {
  const rlimit none{};
  ::setrlimit(RLIMIT_RTPRIO, &none);
}

// Returns false if it gets no terminal.
bool connect_standard_files(const StandardFiles& files) {
  if (files.terminal >= 0) {
    for (const int file : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(files.terminal, file);
    return ::ioctl(STDIN_FILENO, TIOCSCTTY, 0) == 0;
  }
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(files.output, STDOUT_FILENO);
  ::dup2(files.error, STDERR_FILENO);
  return true;
}

// Where no cgroup bounds them, of all processes of the account.
void limit_processes(const SpawnPlan& plan) {
  const std::uint64_t most = plan.account.processes_max();
  if (most == 0 || plan.cgroup.limits_processes()) return;
  const rlimit processes{.rlim_cur = most, .rlim_max = most};
  ::setrlimit(RLIMIT_NPROC, &processes);
}

// In the child; only returns if it fails.
Mishap become(const SpawnPlan& plan, pid_t parent, char* const* arguments, char* const* environment) {
  ::setsid();
  plan.cgroup.enter();
  give_back_oom_protection();
  limit_open_files(plan.open_files);
  limit_processes(plan);
  forbid_real_time();
  if (!connect_standard_files(plan.files)) return {Stage::take_terminal, errno};
  if (!plan.account.become()) return {Stage::take_account, errno};
  // After the account: the kernel forgets it when that changes.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  if (::chdir(plan.directory.c_str()) != 0) return {Stage::enter_directory, errno};
  reset_signals();
  // The pipe for mishaps must stay open until the program begins, so all are marked and none is closed.
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  if (!plan.gate.pass()) ::_exit(1);
  ::execve(arguments[0], arguments, environment);
  return {Stage::run, errno};
}

Error error_of(const Mishap& mishap, const std::string& program, const std::string& directory) {
  errno = mishap.error;
  if (mishap.stage == Stage::take_account) return system_error("cannot take", "the account of its owner");
  if (mishap.stage == Stage::enter_directory) return system_error("cannot enter its folder", directory);
  if (mishap.stage == Stage::take_terminal) return system_error("cannot get", "its terminal");
  return system_error("cannot run its script by", program);
}

bool read_mishap(int fd, Mishap& mishap) {
  ssize_t size = 0;
  do {
    size = ::read(fd, &mishap, sizeof mishap);
  } while (size < 0 && errno == EINTR);
  return size == sizeof mishap;
}

}  // namespace

std::vector<std::string> command_of(std::string_view script_text, const std::string& script_path,
                                    const std::vector<std::string>& arguments) {
  std::vector<std::string> command;
  std::string_view line = script_text.substr(0, script_text.find('\n'));
  if (line.starts_with("#!")) {
    line = trimmed(line.substr(2));
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    command.emplace_back(line.substr(0, end));
    const std::string_view argument = trimmed(line.substr(end));
    if (!argument.empty()) command.emplace_back(argument);
  }
  if (command.empty() || command.front().empty()) command = {"/bin/sh"};
  command.push_back(script_path);
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

Result<void> check_command(const std::vector<std::string>& command, const std::string& directory) {
  struct stat status{};
  if (::stat(directory.c_str(), &status) != 0) {
    return tl::unexpected(system_error("cannot enter its folder", directory));
  }
  if (!S_ISDIR(status.st_mode)) return fail(Code::failed, "cannot enter its folder " + directory + ": it is a file");
  // As the effective account, which is the one that will run it.
  if (::faccessat(AT_FDCWD, command.front().c_str(), X_OK, AT_EACCESS) != 0) {
    return tl::unexpected(system_error("cannot run its script by", command.front()));
  }
  return {};
}

std::vector<char*> null_ended(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<Variable> merged(const std::vector<Variable>& below, const std::vector<Variable>& above) {
  std::map<std::string, std::string> all;
  for (const auto* variables : {&below, &above}) {
    for (const Variable& variable : *variables) all[variable.name] = variable.value;
  }
  std::vector<Variable> list;
  for (auto& [name, value] : all) list.push_back({name, value});
  return list;
}

Result<Gate> Gate::make() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tl::unexpected(system_error("cannot make", "a pipe"));
  Gate gate;
  gate.reader_ = Fd(ends[0]);
  gate.writer_ = Fd(ends[1]);
  return gate;
}

void Gate::open(std::size_t processes) const {
  const std::string tickets(processes, '.');
  [[maybe_unused]] const ssize_t written = ::write(writer_.get(), tickets.data(), tickets.size());
}

bool Gate::pass() const {
  ::close(writer_.get());
  char ticket = 0;
  ssize_t size = 0;
  do {
    size = ::read(reader_.get(), &ticket, 1);
  } while (size < 0 && errno == EINTR);
  return size == 1;
}

Result<Spawned> spawn(const SpawnPlan& plan) {
  std::vector<std::string> arguments = plan.command;
  std::vector<std::string> assignments;
  for (const Variable& variable : plan.environment) assignments.push_back(variable.name + '=' + variable.value);
  const std::vector<char*> argument_pointers = null_ended(arguments);
  const std::vector<char*> environment_pointers = null_ended(assignments);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tl::unexpected(system_error("cannot make", "a pipe"));
  Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return tl::unexpected(system_error("cannot start", "a process"));
  if (pid == 0) {
    const Mishap mishap = become(plan, parent, argument_pointers.data(), environment_pointers.data());
    [[maybe_unused]] const ssize_t written = ::write(writer.get(), &mishap, sizeof mishap);
    ::_exit(127);
  }
  return Spawned{.pid = pid, .mishap = std::move(reader)};
}

Result<void> await_begin(const Spawned& spawned, const std::string& program, const std::string& directory) {
  Mishap mishap;
  if (!read_mishap(spawned.mishap.get(), mishap)) return {};
  ::waitpid(spawned.pid, nullptr, 0);
  return tl::unexpected(error_of(mishap, program, directory));
}

}  // namespace dure::engine
