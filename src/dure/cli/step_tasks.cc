#include "dure/cli/step_tasks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

#include "dure/engine/fd.h"
#include "dure/engine/process.h"

namespace dure::cli {
namespace {

using Clock = std::chrono::steady_clock;
using engine::Fd;

constexpr std::chrono::seconds term_grace{5};
constexpr std::size_t line_bytes_max = 65'536;  // a longer line comes in pieces
constexpr std::array passed_on{SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT};

struct Task {
  pid_t pid = 0;
  bool has_ended = false;
};

// What one task writes, on its way to one of our outputs.
struct Stream {
  std::uint32_t rank = 0;
  int target = STDOUT_FILENO;
  Fd source;
  std::string unwritten;  // a line without its end
};

struct Pipe {
  Fd reader;
  Fd writer;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(Code::failed, fmt::format("cannot make a pipe: {}; start fewer tasks", std::strerror(errno)));
  }
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// Errors are passed over: nobody reads any more, and the tasks need not end for that.
void write_all(int target, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(target, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

// Writes whole lines, each in one go, so that those of different tasks do not mix.
void write_lines(Stream& stream) {
  std::size_t begin = 0;
  for (std::size_t end; (end = stream.unwritten.find('\n', begin)) != std::string::npos; begin = end + 1) {
    write_all(stream.target,
              fmt::format("{}: {}", stream.rank, std::string_view(stream.unwritten).substr(begin, end + 1 - begin)));
  }
  stream.unwritten.erase(0, begin);
}

void write_rest(Stream& stream) {
  if (stream.unwritten.empty()) return;
  stream.unwritten += '\n';
  write_lines(stream);
}

// Returns false when there is nothing to be read now.
bool carry(Stream& stream) {
  std::array<char, 65'536> bytes;
  const ssize_t size = ::read(stream.source.get(), bytes.data(), bytes.size());
  if (size < 0) return errno == EINTR;
  if (size == 0) {
    write_rest(stream);
    stream.source.reset();
    return false;
  }
  stream.unwritten.append(bytes.data(), static_cast<std::size_t>(size));
  write_lines(stream);
  if (stream.unwritten.size() > line_bytes_max) write_rest(stream);
  return true;
}

// A job's supervisor tells every process of the job by itself, and spares those that would die of it.
bool is_supervisor(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  return std::getline(file, name) && name == "dure-supervisor";
}

// USR1 and USR2 ask for something, so only those get them that listen; a shell that waits for a program would die.
void pass_on(int signal, pid_t task) {
  if (signal != SIGUSR1 && signal != SIGUSR2) {
    ::kill(-task, signal);
    return;
  }
  std::vector<pid_t> all = engine::descendants(task);
  all.push_back(task);
  for (const pid_t pid : all) {
    if (engine::hears(pid, signal)) ::kill(pid, signal);
  }
}

// What a child must do to become its task.
struct Start {
  char* const* words = nullptr;
  const std::vector<Variable>* variables = nullptr;
  bool has_input = false;
  int output = STDOUT_FILENO;
  int error = STDERR_FILENO;
  sigset_t signals = {};
};

// In the child; only returns if it fails.
void become(const Start& start, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  if (!start.has_input) ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  ::dup2(start.output, STDOUT_FILENO);
  ::dup2(start.error, STDERR_FILENO);
  for (const Variable& variable : *start.variables) ::setenv(variable.name.c_str(), variable.value.c_str(), 1);
  ::sigprocmask(SIG_SETMASK, &start.signals, nullptr);
  ::execvp(start.words[0], start.words);
}

Result<pid_t> spawn(const Start& start) {
  auto mishap = make_pipe();
  if (!mishap) return tl::unexpected(mishap.error());
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail(Code::failed, fmt::format("cannot start a task: {}", std::strerror(errno)));
  if (pid == 0) {
    become(start, parent);
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(mishap->writer.get(), &error, sizeof error);
    ::_exit(127);
  }
  mishap->writer.reset();
  int error = 0;
  ssize_t size = 0;
  do {
    size = ::read(mishap->reader.get(), &error, sizeof error);
  } while (size < 0 && errno == EINTR);
  if (size != sizeof error) return pid;
  ::waitpid(pid, nullptr, 0);
  return fail(Code::invalid_argument, fmt::format("{}: cannot be run: {}", start.words[0], std::strerror(error)));
}

// Its tasks are children of this process, each the leader of a group.
class Step {
 public:
  Step(const std::vector<std::string>& words, const StepPlan& plan, StepOutput output)
      : words_(words), plan_(plan), output_(output) {}
  ~Step();
  Step(const Step&) = delete;

  Result<void> start_all();
  int wait_for_all();

 private:
  Result<void> start(std::uint32_t rank);
  Result<Fd> add_stream(std::uint32_t rank, int target);
  void hear_signals();
  void wait_for_something();
  void take_signals();
  void take_signal(const signalfd_siginfo& signal);
  void reap();
  void note_end(std::size_t rank, int code);
  void end_the_others();
  bool is_running() const {
    return std::any_of(tasks_.begin(), tasks_.end(), [](const Task& task) { return !task.has_ended; });
  }
  template <class Act>
  void for_running(const Act& act) {
    for (const Task& task : tasks_) {
      if (!task.has_ended) act(task.pid);
    }
  }

  const std::vector<std::string>& words_;
  const StepPlan& plan_;
  StepOutput output_;
  sigset_t former_signals_ = {};
  Fd signals_;
  std::vector<Task> tasks_;  // by rank
  std::vector<Stream> streams_;
  std::optional<Clock::time_point> kill_at_;
  bool has_failed_ = false;      // a task, so that the others are ended
  bool is_interrupted_ = false;  // somebody else ends it, with graces of their own
  int highest_ = 0;
};

Step::~Step() {
  for_running([](pid_t pid) {
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  });
}

void Step::hear_signals() {
  sigset_t heard;
  ::sigemptyset(&heard);
  for (const int signal : passed_on) ::sigaddset(&heard, signal);
  ::sigaddset(&heard, SIGCHLD);
  ::signal(SIGCHLD, SIG_DFL);  // whoever started this may not have wanted to hear of its children
  ::sigprocmask(SIG_BLOCK, &heard, &former_signals_);
  signals_ = Fd(::signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK));
}

Result<Fd> Step::add_stream(std::uint32_t rank, int target) {
  auto pipe = make_pipe();
  if (!pipe) return tl::unexpected(pipe.error());
  ::fcntl(pipe->reader.get(), F_SETFL, O_NONBLOCK);
  streams_.push_back({.rank = rank, .target = target, .source = std::move(pipe->reader), .unwritten = {}});
  return std::move(pipe->writer);
}

Result<void> Step::start(std::uint32_t rank) {
  std::vector<std::string> words = words_;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::vector<Variable> variables = plan_.variables;
  variables.insert(variables.end(), plan_.tasks[rank].begin(), plan_.tasks[rank].end());
  Start start{.words = pointers.data(), .variables = &variables, .has_input = rank == 0, .signals = former_signals_};
  std::array<Fd, 2> targets;
  if (output_.has_labels) {
    for (const int target : {STDOUT_FILENO, STDERR_FILENO}) {
      auto writer = add_stream(rank, target);
      if (!writer) return tl::unexpected(writer.error());
      (target == STDOUT_FILENO ? start.output : start.error) = writer->get();
      targets[target == STDOUT_FILENO ? 0 : 1] = std::move(*writer);
    }
  }
  const auto pid = spawn(start);
  if (!pid) return tl::unexpected(pid.error());
  tasks_.push_back({.pid = *pid});
  return {};
}

Result<void> Step::start_all() {
  hear_signals();
  for (std::uint32_t rank = 0; rank < plan_.tasks.size(); ++rank) {
    if (auto started = start(rank); !started) return started;
  }
  return {};
}

int Step::wait_for_all() {
  while (is_running()) {
    wait_for_something();
    take_signals();
    reap();
    if (kill_at_ && Clock::now() >= *kill_at_) {
      for_running([](pid_t pid) { ::kill(-pid, SIGKILL); });
      kill_at_.reset();
    }
  }
  // What is left in the pipes. A process that got away may hold them open, so their ends are not waited for.
  for (Stream& stream : streams_) {
    while (stream.source && carry(stream)) {
    }
    write_rest(stream);
  }
  return highest_;
}

void Step::wait_for_something() {
  std::vector<pollfd> wanted{{.fd = signals_.get(), .events = POLLIN, .revents = 0}};
  for (const Stream& stream : streams_) wanted.push_back({.fd = stream.source.get(), .events = POLLIN, .revents = 0});
  int timeout = -1;
  if (kill_at_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*kill_at_ - Clock::now()).count();
    timeout = static_cast<int>(std::max<std::int64_t>(left, 0));
  }
  if (::poll(wanted.data(), wanted.size(), timeout) <= 0) return;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    if (wanted[i + 1].revents != 0) carry(streams_[i]);
  }
}

void Step::take_signals() {
  signalfd_siginfo signal;
  while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
    if (signal.ssi_signo != SIGCHLD) take_signal(signal);
  }
}

void Step::take_signal(const signalfd_siginfo& signal) {
  const int number = static_cast<int>(signal.ssi_signo);
  if (number == SIGINT || number == SIGTERM) {
    is_interrupted_ = true;
    kill_at_.reset();
  }
  if (is_supervisor(static_cast<pid_t>(signal.ssi_pid))) return;
  for_running([&](pid_t pid) { pass_on(number, pid); });
}

void Step::reap() {
  for (std::size_t rank = 0; rank < tasks_.size(); ++rank) {
    Task& task = tasks_[rank];
    siginfo_t ended{};
    if (task.has_ended) continue;
    const auto id = static_cast<id_t>(task.pid);
    if (::waitid(P_PID, id, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) continue;
    // Until it is waited for, nobody else can get its number, which is that of its group.
    ::kill(-task.pid, SIGKILL);
    ::waitpid(task.pid, nullptr, 0);
    task.has_ended = true;
    note_end(rank, ended.si_code == CLD_EXITED ? ended.si_status : 128 + ended.si_status);
  }
}

void Step::note_end(std::size_t rank, int code) {
  const bool was_ended_by_us = has_failed_ && (code == 128 + SIGTERM || code == 128 + SIGKILL);
  if (!was_ended_by_us) highest_ = std::max(highest_, code);
  if (code == 0 || has_failed_ || is_interrupted_ || !is_running()) return;
  fmt::print(stderr, "task {} ended with exit code {}; the others are ended\n", rank, code);
  end_the_others();
}

void Step::end_the_others() {
  has_failed_ = true;
  kill_at_ = Clock::now() + term_grace;
  for_running([](pid_t pid) {
    ::kill(-pid, SIGTERM);
    ::kill(-pid, SIGCONT);
  });
}

}  // namespace

Result<int> run_tasks(const std::vector<std::string>& words, const StepPlan& plan, StepOutput output) {
  Step step(words, plan, output);
  if (auto started = step.start_all(); !started) return tl::unexpected(started.error());
  return step.wait_for_all();
}

}  // namespace dure::cli
