#include "dure/engine/local/supervisor.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "dure/engine/environment.h"
#include "dure/engine/fd.h"
#include "dure/engine/local/cgroup.h"
#include "dure/engine/local/lock.h"
#include "dure/engine/local/output.h"
#include "dure/engine/local/records.h"
#include "dure/engine/local/terminal.h"
#include "dure/engine/local/unix_account.h"
#include "dure/engine/process.h"
#include "dure/engine/record.h"
#include "dure/engine/spawn.h"

namespace dure::engine {
namespace {

struct Task {
  std::uint32_t rank = 0;
  pid_t pid = 0;
  std::optional<TaskEnd> end;
  bool is_by_signal = false;
};

// Why the attempt ends; the first cause stays, but for a cancellation, which hastens an eviction.
enum class Cause : std::uint8_t { none, exited, gang, time_limit, eviction, cancellation, start_failed };

// How far the ending has come.
enum class Phase : std::uint8_t { working, saving, terminating, killing };

// So long the end of a job waits for one at its terminal who takes nothing of what was written last.
constexpr int client_stalled_ms_max = 2'000;

constexpr std::array watched_signals{SIGCHLD, wake_signal, SIGTERM, SIGINT, SIGHUP};

std::string whole_seconds(Duration duration) { return std::to_string(duration.whole_seconds()) + " s"; }

// How long before its time limit a job is asked to end: whoever wanted a signal for it has half of that time alone.
Duration warning(const Launch& launch) {
  const Duration most{launch.early_signal ? launch.early_signal->before.ns / 2 : launch.grace.ns};
  return std::min({launch.grace, most, Duration{launch.time_limit.ns / 20}});
}

Duration no_later(Duration at, const std::optional<Duration>& than) { return than ? std::min(at, *than) : at; }

std::string in_words(const Task& task) {
  const int code = task.end->exit_code;
  return task.is_by_signal ? "was killed by " + signal_name(code - 128)
                           : "ended with exit code " + std::to_string(code);
}

class Supervisor {
 public:
  Supervisor(std::string folder, Launch launch, UnixAccount account)
      : folder_(std::move(folder)),
        launch_(std::move(launch)),
        account_(std::move(account)),
        outputs_(launch_.output_bytes_max) {}

  void run() {
    if (const auto prepared = prepare(); !prepared) return end_unstarted(prepared.error().message);
    const auto started = start_all();
    account_.renounce();  // before the first of them runs a program
    if (const auto begun = started ? begin_all() : started; !begun) {
      cause_ = Cause::start_failed;
      why_ = begun.error().message;
      kill_all_processes();
    } else {
      record_start();
    }
    obey();
    for (reap(); !is_over_; reap()) {
      act_in_time();
      wait();
    }
    outputs_.drain();
    if (terminal_) terminal_->finish(client_stalled_ms_max);
    record_end();
  }

 private:
  // Before the first process
  Result<void> prepare();
  Result<void> prepare_home(const std::string& script);
  void watch_signals();
  Result<void> start_all();
  Result<void> start_one(const ProcessPlan& plan);
  Result<Fd> open_output(const std::string& path);
  Result<void> open_terminal(const ProcessPlan& plan);
  Result<void> spawn_one(const ProcessPlan& plan, StandardFiles files);
  Result<void> begin_all();
  void record_start();

  // While they run
  void wait();
  int wait_ms() const;
  void read_signals();
  void shut_down(int signal);
  void reap();
  void note_end(Task& task, int status);
  void after_reaping(bool has_children);
  void act_in_time();
  std::size_t send_to_listeners(int signal, bool script_alone);

  // Towards the end
  void obey();
  void obey(const StopOrder& order);
  void save(Cause cause, const StopOrder& order);
  void terminate(Cause cause, Duration grace);
  void tell_to_end(pid_t pid);
  void tell_orphans_to_end();
  void kill_all_processes();
  bool has_ended_all() const;

  // After the last process
  Ending ending() const;
  How how() const;
  std::string reason() const;
  const Task* first_failure() const;
  void record_end();
  void end_unstarted(std::string why);

  std::string folder_;
  Launch launch_;
  UnixAccount account_;
  Gate gate_;
  std::vector<Spawned> waiting_;  // at the gate
  Fd epoll_;
  Fd signals_;
  Cgroup cgroup_;
  Outputs outputs_;
  std::optional<Terminal> terminal_;
  std::vector<std::string> command_;
  std::vector<Task> tasks_;
  std::optional<Time> started_at_;

  Cause cause_ = Cause::none;
  Phase phase_ = Phase::working;
  std::set<pid_t> told_;  // to end, by SIGTERM
  std::string why_;
  bool is_over_ = false;
  // Of the steady clock; the phase's own deadline, and those of the attempt.
  std::optional<Duration> deadline_;
  std::optional<Duration> early_at_;
  std::optional<Duration> ask_at_;    // when the time limit's SIGTERM is due
  std::optional<Duration> limit_at_;  // when all is over: no grace goes beyond it
};

void Supervisor::watch_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : watched_signals) ::sigaddset(&set, signal);
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  signals_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN, .data = {.fd = signals_.get()}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, signals_.get(), &event);
}

// With the rights of the job's account. It cannot read this folder, so it has the script in its own.
Result<void> Supervisor::prepare_home(const std::string& script) {
  const UnixAccount::Guise guise(account_);
  if (!launch_.home.empty()) {
    std::error_code error;
    std::filesystem::create_directories(launch_.home + '/' + checkpoint_folder, error);
    if (error) return fail(Code::failed, "cannot make " + launch_.home + ": " + error.message());
  }
  std::string script_path = folder_ + '/' + file::script;
  if (account_) {
    const std::string name = "restart" + std::to_string(launch_.id.restart) + ".script";
    if (auto written = write_file(launch_.home, name, script, Sync::no); !written) return written;
    script_path = launch_.home + '/' + name;
  }
  command_ = command_of(script, script_path, launch_.arguments);
  return check_command(command_, launch_.directory);
}

Result<void> Supervisor::prepare() {
  watch_signals();
  const auto script = read_file(folder_ + '/' + file::script);
  if (!script) return tl::unexpected(script.error());
  if (auto prepared = prepare_home(*script); !prepared) return prepared;
  CgroupPlan plan = launch_.cgroup;
  plan.parents = account_.cgroup_parents();
  plan.processes = static_cast<std::int64_t>(account_.processes_max());
  cgroup_ = Cgroup::create("dure-" + to_text(launch_.id) + '-' + launch_.token.substr(0, 8), plan);
  const auto self = process(::getpid());
  const Running running{.boot = boot_id(),
                        .pid = ::getpid(),
                        .start = self ? self->start : 0,
                        .at = wall_time(),
                        .limits = cgroup_.limits(),
                        .cgroups = cgroup_.folders()};
  // From here on the attempt counts as run, whatever becomes of the machine.
  if (auto written = write_record(folder_, running, Sync::yes); !written) return written;
  return sync_folder(folder_ + "/..");
}

Result<Fd> Supervisor::open_output(const std::string& path) {
  const UnixAccount::Guise guise(account_);
  return outputs_.file(path, launch_.appends).and_then([&](std::size_t file) {
    return outputs_.pipe_into(file, epoll_.get());
  });
}

Result<void> Supervisor::open_terminal(const ProcessPlan& plan) {
  const auto open_file = [&] {
    const UnixAccount::Guise guise(account_);
    return outputs_.file(plan.output, launch_.appends);
  };
  return open_file()
      .and_then([&](std::size_t file) {
        return Terminal::open(folder_ + '/' + file::terminal, epoll_.get(), account_,
                              [this, file](std::string_view text) { outputs_.write(file, text); });
      })
      .map([&](Terminal&& terminal) { terminal_ = std::move(terminal); });
}

Result<void> Supervisor::start_one(const ProcessPlan& plan) {
  if (launch_.has_terminal) {
    if (auto opened = open_terminal(plan); !opened) return opened;
    return spawn_one(plan, StandardFiles{.terminal = terminal_->job_side()});
  }
  auto output = open_output(plan.output);
  if (!output) return tl::unexpected(output.error());
  Fd error;
  if (!plan.error.empty() && plan.error != plan.output) {
    auto opened = open_output(plan.error);
    if (!opened) return tl::unexpected(opened.error());
    error = *std::move(opened);
  }
  return spawn_one(plan, {.output = output->get(), .error = error ? error.get() : output->get()});
}

Result<void> Supervisor::spawn_one(const ProcessPlan& plan, StandardFiles files) {
  const std::vector<Variable> environment =
      merged(merged(launch_.environment, account_.environment()), plan.environment);
  auto spawned = spawn({.command = command_,
                        .environment = environment,
                        .directory = launch_.directory,
                        .cgroup = cgroup_,
                        .account = account_,
                        .gate = gate_,
                        .open_files = launch_.open_files,
                        .files = files});
  if (!spawned) return tl::unexpected(spawned.error());
  tasks_.push_back({.rank = plan.rank, .pid = spawned->pid});
  waiting_.push_back(*std::move(spawned));
  return {};
}

// A process that has not begun is waited for in await_begin, and was none of the job's.
Result<void> Supervisor::begin_all() {
  gate_.open(waiting_.size());
  Result<void> all;
  for (const Spawned& one : waiting_) {
    const auto begun = await_begin(one, command_.front(), launch_.directory);
    if (begun) continue;
    std::erase_if(tasks_, [&](const Task& task) { return task.pid == one.pid; });
    if (all) all = begun;
  }
  waiting_.clear();
  return all;
}

Result<void> Supervisor::start_all() {
  auto gate = Gate::make();
  if (!gate) return tl::unexpected(gate.error());
  gate_ = *std::move(gate);
  for (const ProcessPlan& plan : launch_.processes) {
    if (auto started = start_one(plan); !started) return started;
  }
  return {};
}

void Supervisor::record_start() {
  started_at_ = wall_time();
  if (launch_.time_limit > Duration{}) limit_at_ = steady_time() + launch_.time_limit;
  if (limit_at_) ask_at_ = *limit_at_ - warning(launch_);
  if (limit_at_ && launch_.early_signal) early_at_ = *limit_at_ - launch_.early_signal->before;
  Started started{.at = *started_at_};
  for (const Task& task : tasks_) started.pids.push_back(task.pid);
  // For whoever watches; the end's record says it again, durably.
  if (const auto written = write_record(folder_, started, Sync::no); !written) {
    std::fprintf(stderr, "%s\n", written.error().message.c_str());
  }
}

int Supervisor::wait_ms() const {
  // A process that is not killed at once is killed again: it may have been forked in that moment.
  constexpr Duration kill_again{50'000'000};
  std::optional<Duration> next = phase_ == Phase::killing ? std::optional(steady_time() + kill_again) : deadline_;
  if (phase_ == Phase::working) {
    for (const auto& at : {early_at_, ask_at_}) {
      if (at && (!next || *at < *next)) next = at;
    }
  }
  if (!next) return -1;
  constexpr std::int64_t longest_ms = 3'600'000;
  const std::int64_t ms = ((*next - steady_time()).ns + 999'999) / 1'000'000;
  return static_cast<int>(std::clamp(ms, std::int64_t{0}, longest_ms));
}

void Supervisor::wait() {
  std::array<epoll_event, 32> events{};
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
  for (int i = 0; i < count; ++i) {
    const int fd = events[static_cast<std::size_t>(i)].data.fd;
    if (fd == signals_.get()) {
      read_signals();
    } else if (terminal_ && terminal_->owns(fd)) {
      terminal_->act();
    } else {
      outputs_.carry(fd);
    }
  }
}

void Supervisor::read_signals() {
  signalfd_siginfo signal{};
  while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
    const int number = static_cast<int>(signal.ssi_signo);
    if (number == wake_signal) obey();
    if (number != wake_signal && number != SIGCHLD) shut_down(number);
  }
}

// As when the machine is shut down: the work is to be done again, elsewhere or later.
void Supervisor::shut_down(int signal) {
  if (cause_ == Cause::none) why_ = "its supervisor was told to end by " + signal_name(signal);
  if (cause_ == Cause::none || phase_ == Phase::saving) terminate(Cause::eviction, launch_.term_grace);
}

void Supervisor::reap() {
  int status = 0;
  for (;;) {
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) return after_reaping(pid == 0);
    const auto task = std::find_if(tasks_.begin(), tasks_.end(), [&](const Task& one) { return one.pid == pid; });
    if (task != tasks_.end() && !task->end) note_end(*task, status);
  }
}

void Supervisor::note_end(Task& task, int status) {
  task.is_by_signal = WIFSIGNALED(status);
  const int code = task.is_by_signal ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  task.end = TaskEnd{.rank = task.rank, .exit_code = code, .at = wall_time()};
  if (cause_ != Cause::none || code == 0 || has_ended_all()) return;
  why_ = "task " + std::to_string(task.rank) + ' ' + in_words(task) + ", and the others with it";
  terminate(Cause::gang, launch_.term_grace);
}

void Supervisor::after_reaping(bool has_children) {
  if (!has_children) {
    if (cause_ == Cause::none) cause_ = Cause::exited;
    is_over_ = true;
  } else if (has_ended_all() && (phase_ == Phase::working || phase_ == Phase::saving)) {
    // What its tasks left behind ends with them. After SIGTERM it is not so: a shell dies of it at once, while the
    // program it waited for may still save its work.
    if (cause_ == Cause::none) cause_ = Cause::exited;
    kill_all_processes();
  } else if (phase_ == Phase::terminating) {
    tell_orphans_to_end();
  }
}

bool Supervisor::has_ended_all() const {
  return std::all_of(tasks_.begin(), tasks_.end(), [](const Task& task) { return task.end.has_value(); });
}

void Supervisor::act_in_time() {
  const Duration now = steady_time();
  if (phase_ == Phase::working && early_at_ && now >= *early_at_) {
    early_at_.reset();
    send_to_listeners(signal_number(launch_.early_signal->signal), launch_.early_signal->script_alone);
  }
  if (phase_ == Phase::working && ask_at_ && now >= *ask_at_) {
    why_ = "its time limit of " + whole_seconds(launch_.time_limit) + " was reached";
    terminate(Cause::time_limit, launch_.grace);
  }
  const bool is_due = deadline_ && now >= *deadline_;
  if (phase_ == Phase::saving && is_due) {
    terminate(cause_, launch_.term_grace);
  } else if ((phase_ == Phase::terminating && is_due) || phase_ == Phase::killing) {
    kill_all_processes();
  }
}

// A process that has no handler would die of the signal, and a shell without a trap would take its program's exit code
// with it: only those that listen are told. Returns how many.
std::size_t Supervisor::send_to_listeners(int signal, bool script_alone) {
  std::size_t count = 0;
  for (const pid_t pid : descendants(::getpid())) {
    const bool is_script = std::any_of(tasks_.begin(), tasks_.end(), [&](const Task& one) { return one.pid == pid; });
    if ((script_alone && !is_script) || !hears(pid, signal)) continue;
    if (::kill(pid, signal) == 0) ++count;
  }
  return count;
}

void Supervisor::obey() {
  if (const auto order = read_stop(folder_)) obey(*order);
}

void Supervisor::obey(const StopOrder& order) {
  const bool may_be_hastened = cause_ == Cause::eviction || cause_ == Cause::time_limit;
  const bool hastens = may_be_hastened && order.kind == StopKind::cancel && phase_ != Phase::killing;
  if (cause_ != Cause::none && !hastens) return;
  if (order.kind == StopKind::evict) return save(Cause::eviction, order);
  terminate(Cause::cancellation, order.grace);
}

void Supervisor::save(Cause cause, const StopOrder& order) {
  const int signal = signal_number(order.signal);
  // With nobody to save anything, the whole grace is for those who clean up at SIGTERM.
  if (signal == 0 || send_to_listeners(signal, false) == 0) return terminate(cause, order.grace);
  cause_ = cause;
  phase_ = Phase::saving;
  deadline_ = no_later(steady_time() + order.grace, ask_at_);
}

void Supervisor::terminate(Cause cause, Duration grace) {
  cause_ = cause;
  phase_ = Phase::terminating;
  deadline_ = no_later(steady_time() + grace, limit_at_);
  for (const pid_t pid : descendants(::getpid())) tell_to_end(pid);
}

void Supervisor::tell_to_end(pid_t pid) {
  told_.insert(pid);
  ::kill(pid, SIGTERM);
  ::kill(pid, SIGCONT);
}

// What was forked in the moment of the signal heard nothing of it, and is an orphan when its parent has died of that.
// What somebody starts to save its work has its parent.
void Supervisor::tell_orphans_to_end() {
  for (const pid_t pid : descendants(::getpid())) {
    const auto one = process(pid);
    if (one && one->parent == ::getpid() && !told_.contains(pid)) tell_to_end(pid);
  }
}

void Supervisor::kill_all_processes() {
  phase_ = Phase::killing;
  cgroup_.kill();
  kill_all([] { return descendants(::getpid()); });
}

const Task* Supervisor::first_failure() const {
  const Task* first = nullptr;
  for (const Task& task : tasks_) {
    if (!task.end || task.end->exit_code == 0) continue;
    if (first == nullptr || task.end->at < first->end->at) first = &task;
  }
  return first;
}

How Supervisor::how() const {
  switch (cause_) {
    case Cause::time_limit: return How::timed_out;
    case Cause::eviction: return How::evicted;
    case Cause::cancellation: return How::cancelled;
    case Cause::start_failed: return How::start_failed;
    default: return How::exited;
  }
}

std::string Supervisor::reason() const {
  std::string why = why_;
  const Task* failure = first_failure();
  if (cause_ == Cause::exited && failure != nullptr) {
    why = (launch_.processes.size() > 1 ? "task " + std::to_string(failure->rank) + ' ' : "it ") + in_words(*failure);
  }
  if (!cgroup_.ran_out_of_memory()) return why;
  return why + (why.empty() ? "" : "; ") + "the kernel ended a process that needed more than its " +
         std::to_string(launch_.cgroup.memory_mib) + " MiB of memory";
}

Ending Supervisor::ending() const {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto duration = [](const timeval& time) { return seconds(time.tv_sec) + Duration{time.tv_usec * 1'000}; };
  const Task* failure = first_failure();
  Ending ending{.how = how(),
                .at = wall_time(),
                .started_at = started_at_,
                .exit_code = failure != nullptr ? failure->end->exit_code : 0,
                .why = reason(),
                .cpu_time = duration(usage.ru_utime) + duration(usage.ru_stime),
                .memory_mib_max = usage.ru_maxrss / 1024};
  for (const Task& task : tasks_) {
    if (task.end) ending.tasks.push_back(*task.end);
  }
  return ending;
}

void Supervisor::record_end() {
  const Ending end = ending();
  cgroup_.remove();
  // A full disk must not turn an end into a loss: it is tried again until it can be kept, or nobody wants it.
  for (;;) {
    const auto written = write_record(folder_, end, Sync::yes);
    if (written || ::access(folder_.c_str(), F_OK) != 0) return;
    std::fprintf(stderr, "%s; trying again\n", written.error().message.c_str());
    ::sleep(1);
  }
}

void Supervisor::end_unstarted(std::string why) {
  cause_ = Cause::start_failed;
  why_ = std::move(why);
  record_end();
}

// The kernel should rather end a job's process than the one that would tell of it. Needs a privilege; else nothing.
void ask_for_oom_protection() {
  const Fd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (file) [[maybe_unused]]
    const ssize_t written = ::write(file.get(), "-900", 4);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace

int supervise(const std::string& folder) {
  auto account = UnixAccount::from_launcher();  // first: while there is nothing yet that could go wrong
  if (!account) {
    std::fprintf(stderr, "%s\n", account.error().message.c_str());
    return 1;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, "dure-supervisor");
  ask_for_oom_protection();
  const Lock lock = Lock::take(folder + '/' + file::lock);
  // Somebody else runs it, or has run it.
  if (!lock || exists(folder + '/' + file::running) || exists(folder + '/' + file::ended)) return 0;
  auto launch = read_launch(folder);
  if (!launch) {
    const Ending ending{.how = How::start_failed, .at = wall_time(), .why = launch.error().message};
    return write_record(folder, ending, Sync::yes) ? 0 : 1;
  }
  Supervisor(folder, *std::move(launch), *std::move(account)).run();
  return 0;
}

}  // namespace dure::engine
