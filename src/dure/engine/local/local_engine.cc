#include "dure/engine/local/local_engine.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <variant>

#include "dure/base/assert.h"
#include "dure/base/overload.h"
#include "dure/engine/environment.h"
#include "dure/engine/fd.h"
#include "dure/engine/local/attempt_folder.h"
#include "dure/engine/local/lock.h"
#include "dure/engine/local/reach.h"
#include "dure/engine/local/records.h"
#include "dure/engine/local/starter.h"
#include "dure/engine/process.h"
#include "dure/engine/spawn.h"

namespace dure::engine {
namespace {

struct StopIt {
  AttemptId id;
  StopOrder order;
};
struct ForgetIt {
  AttemptId id;
};
using Order = std::variant<Attempt, StopIt, ForgetIt>;

// What the engine's thread knows of an attempt; the folder knows the rest.
struct Watched {
  AttemptFolder folder;
  Fd supervisor;   // readable when it has ended
  int watch = -1;  // of inotify, until it has started
  std::uint16_t port = 0;
  bool is_start_reported = false;
  bool is_ended = false;
};

std::string new_token() {
  std::array<unsigned char, 16> bytes{};
  DURE_ASSERT(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  constexpr std::string_view digits = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : bytes) {
    token += digits[byte >> 4];
    token += digits[byte & 15];
  }
  return token;
}

bool is_free(std::uint16_t port) {
  const Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(INADDR_ANY)}};
  return ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

Result<void> make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return fail(Code::failed, "cannot make " + path + ": " + error.message());
  return {};
}

// In the program's own folder, or in lib/dure beside that where the program is installed.
Result<std::string> beside_this_program(const std::string& name) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail(Code::failed, "cannot tell where this program lies: " + error.message());
  const auto installed = self.parent_path().parent_path() / "lib/dure" / name;
  return (std::filesystem::exists(installed, error) ? installed : self.parent_path() / name).string();
}

Result<std::shared_ptr<Starter>> starter_of(const EngineOptions& options, const std::string& folder) {
  if (options.starter) return options.starter;
  std::string supervisor = options.supervisor;
  if (supervisor.empty()) {
    auto path = beside_this_program("dure-supervisor");
    if (!path) return tl::unexpected(path.error());
    supervisor = *std::move(path);
  }
  auto made = make_folder(folder + "/jobs");
  if (!made) return tl::unexpected(made.error());
  return start_by_ourselves(supervisor, folder + "/jobs").map([](std::unique_ptr<Starter> starter) {
    return std::shared_ptr<Starter>(std::move(starter));
  });
}

// A job that brings a PATH of its own finds the tools all the same.
std::vector<Variable> with_tools(std::vector<Variable> environment, const std::string& tools) {
  if (tools.empty()) return environment;
  const auto path = std::find_if(environment.begin(), environment.end(),
                                 [](const Variable& variable) { return variable.name == "PATH"; });
  const std::string others = path == environment.end() ? "/usr/local/bin:/usr/bin:/bin" : path->value;
  return merged(environment, {{"PATH", tools + ':' + others}});
}

}  // namespace

// The engine's thread owns all but the queue of orders.
class LocalEngine::Body {
 public:
  Body(std::string folder, EngineOptions options, std::shared_ptr<Starter> starter, OnReport on_report, Lock lock)
      : folder_(std::move(folder)),
        options_(std::move(options)),
        starter_(std::move(starter)),
        on_report_(std::move(on_report)),
        lock_(std::move(lock)),
        inherited_(inherited_environment()) {}
  ~Body() {
    if (!thread_.joinable()) return;
    push(std::nullopt);
    thread_.join();
  }

  Result<void> open();
  std::vector<Found> recover();
  // Nothing ends the thread.
  void push(std::optional<Order> order);
  std::string home_of(JobId job) const { return starter_->jobs_folder() + '/' + std::to_string(job.value); }
  Reach reach_of(JobId job) const { return {options_.closed_folder, home_of(job)}; }
  std::string terminal_path_of(AttemptId id) const { return folder_of(id).path() + '/' + file::terminal; }
  Result<Fd> open_log(JobId job, const Owner& owner, const std::string& path) const {
    return starter_->open_log(owner, path, reach_of(job));
  }

 private:
  using Attempts = std::map<AttemptId, Watched>;

  std::string attempts_folder() const { return folder_ + "/attempts"; }
  AttemptFolder folder_of(AttemptId id) const { return AttemptFolder(attempts_folder() + '/' + to_text(id)); }

  // Orders
  void run();
  bool take_orders();
  Result<void> create(const Attempt& attempt, const AttemptFolder& folder, std::uint16_t port);
  void carry_out(const Attempt& attempt);
  void carry_out(const StopIt& stop);
  void carry_out(const ForgetIt& forget);
  Launch launch_of(const Attempt& attempt, std::uint16_t port) const;
  Result<std::uint16_t> free_port();

  // Watching
  Attempts::iterator watch(AttemptId id, std::uint16_t port);
  Result<void> start_supervisor(AttemptId id, const Owner& owner, Watched& watched);
  Result<std::optional<Ending>> end_unwatched(AttemptId id, const AttemptFolder& folder);
  void end_unstarted(AttemptId id, Watched& watched, const Error& error);
  void end_unbegun(AttemptId id, Watched& watched, const StopOrder& order);
  void found_away(const std::string& why);
  void try_again();
  void try_again(AttemptId id, Watched& watched);
  void attach(AttemptId id, Watched& watched, Fd supervisor);
  static void wake(const Watched& watched);
  void read_events();
  void look_at(AttemptId id, Watched& watched);
  void look_at_all();
  void supervisor_ended(AttemptId id, Watched& watched);
  void end_watch(Watched& watched);

  // Telling
  void report_start(AttemptId id, Watched& watched, Time at);
  void report_end(AttemptId id, Watched& watched, const Ending& ending);
  void report_failure(AttemptId id, std::string why);

  // Finding
  std::vector<AttemptId> ids_in_folder() const;
  Found find(AttemptId id);
  Found found_ended(AttemptId id, Watched& watched, const Ending& ending);

  static constexpr Duration try_again_every{200'000'000};  // at most: what takes long is tried less often
  static constexpr std::uint64_t wake_key = 0;
  static constexpr std::uint64_t events_key = 1;
  static constexpr std::uint64_t first_key = 2;

  std::string folder_;
  EngineOptions options_;
  std::shared_ptr<Starter> starter_;  // shared with whoever gave it in the options
  OnReport on_report_;
  Lock lock_;
  std::vector<Variable> inherited_;
  Fd epoll_;
  Fd wake_;
  Fd events_;
  Attempts attempts_;
  Duration try_at_;                // when those are to be, of the steady clock
  AttemptId tried_last_{};         // of them
  std::string why_away_;           // the starter, when it was asked last to start something; empty: it is not
  std::string told_away_;          // likewise, as on_wait was told
  std::set<AttemptId> postponed_;  // their supervisors could not be started, or what they left not be killed
  std::map<int, AttemptId> by_watch_;
  std::map<std::uint64_t, AttemptId> by_key_;  // keys of supervisors in epoll; never used twice
  std::uint64_t next_key_ = first_key;
  std::uint32_t next_port_ = 0;
  std::thread thread_;

  std::mutex mutex_;
  std::deque<std::optional<Order>> orders_;  // guarded by mutex_
};

Result<void> LocalEngine::Body::open() {
  if (auto made = make_folder(attempts_folder()); !made) return made;
  epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  wake_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  events_ = Fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!events_) return tl::unexpected(system_error("cannot watch", folder_ + " (raise fs.inotify.max_user_instances)"));
  for (const auto& [fd, key] : {std::pair(wake_.get(), wake_key), std::pair(events_.get(), events_key)}) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = key}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
      return tl::unexpected(system_error("cannot", "wait"));
  }
  return {};
}

void LocalEngine::Body::push(std::optional<Order> order) {
  {
    const std::lock_guard guard(mutex_);
    orders_.push_back(std::move(order));
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void LocalEngine::Body::run() {
  // Signals are for the server's own threads.
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
  for (;;) {
    std::array<epoll_event, 64> events{};
    const Duration until = std::max(try_at_ - steady_time(), Duration{});
    const int wait_ms = postponed_.empty() ? -1 : static_cast<int>(until.ns / 1'000'000 + 1);
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t key = events[static_cast<std::size_t>(i)].data.u64;
      if (key == wake_key) {
        if (!take_orders()) return;
      } else if (key == events_key) {
        read_events();
      } else if (const auto known = by_key_.find(key); known != by_key_.end()) {
        const AttemptId id = known->second;
        by_key_.erase(known);
        supervisor_ended(id, attempts_.at(id));
      }
    }
    // Last: it may take seconds, and the order to end must not wait for it.
    if (!postponed_.empty() && steady_time() >= try_at_) try_again();
  }
}

bool LocalEngine::Body::take_orders() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t size = ::read(wake_.get(), &count, sizeof count);
  std::deque<std::optional<Order>> orders;
  {
    const std::lock_guard guard(mutex_);
    orders.swap(orders_);
  }
  for (const auto& order : orders) {
    if (!order) return false;
    std::visit([this](const auto& one) { carry_out(one); }, *order);
  }
  return true;
}

Result<std::uint16_t> LocalEngine::Body::free_port() {
  for (std::uint32_t tries = 0; tries < options_.ports.count; ++tries) {
    const auto port = static_cast<std::uint16_t>(options_.ports.first + next_port_++ % options_.ports.count);
    const bool is_given = std::any_of(attempts_.begin(), attempts_.end(), [&](const auto& entry) {
      return entry.second.port == port && !entry.second.is_ended;
    });
    if (!is_given && is_free(port)) return port;
  }
  return fail(Code::failed, "no port is free for MASTER_PORT between " + std::to_string(options_.ports.first) +
                                " and " + std::to_string(options_.ports.first + options_.ports.count - 1));
}

Launch LocalEngine::Body::launch_of(const Attempt& attempt, std::uint16_t port) const {
  const std::string home = home_of(attempt.id.job);
  const Place place{.host = options_.machine.host,
                    .devices = options_.machine.devices,
                    .home = home,
                    .token = new_token(),
                    .port = port};
  Launch launch{.id = attempt.id,
                .token = place.token,
                .tenant = attempt.names.tenant,
                .user = attempt.names.user,
                .home = home,
                .arguments = attempt.text.arguments,
                .directory = attempt.text.directory.empty() ? home : attempt.text.directory,
                // An eviction must not cost what was printed before it.
                .appends = attempt.text.appends || attempt.id.restart > 0,
                .has_terminal = attempt.text.launch == dure::Launch::terminal,
                .early_signal = attempt.text.early_signal,
                .time_limit = attempt.time_limit,
                .grace = attempt.grace,
                .term_grace = options_.term_grace,
                .output_bytes_max = options_.output_bytes_max,
                .open_files = options_.open_files,
                .port = port,
                .cgroup = {.is_wanted = options_.has_cgroups, .parent = options_.cgroup_parent},
                .environment = with_tools(merged(inherited_, environment_of(attempt, place)), options_.tools)};
  OutputName name{.id = attempt.id, .job = attempt.names.job, .element = attempt.element};
  for (const TaskPlan& task : attempt.tasks) {
    for (const std::uint32_t device : task.devices) {
      if (const auto minor = options_.machine.devices.at(device).minor) launch.gpus.push_back(*minor);
    }
    launch.cgroup.cpu_milli += task.cpu_milli;
    launch.cgroup.memory_mib += task.memory_mib;
    const bool is_process = attempt.text.launch == dure::Launch::per_task || launch.processes.empty();
    if (!is_process) continue;
    name.task = attempt.text.launch == dure::Launch::once ? 0 : task.rank;
    launch.processes.push_back({.rank = name.task,
                                .environment = environment_of_task(attempt, place, name.task),
                                .output = output_path(attempt.text, name, Stream::output, home),
                                .error = output_path(attempt.text, name, Stream::error, home)});
  }
  return launch;
}

Result<void> LocalEngine::Body::create(const Attempt& attempt, const AttemptFolder& folder, std::uint16_t port) {
  const Launch launch = launch_of(attempt, port);
  for (const ProcessPlan& process : launch.processes) {
    for (const std::string& path : {process.output, process.error}) {
      if (auto checked = check_reach(path, reach_of(attempt.id.job)); !checked) return checked;
    }
  }
  return folder.create(launch, attempt.text.script);
}

void LocalEngine::Body::carry_out(const Attempt& attempt) {
  DURE_ASSERT(!attempt.tasks.empty());
  const AttemptFolder folder = folder_of(attempt.id);
  if (attempts_.contains(attempt.id) || folder.exists()) return;
  const auto port = free_port();
  if (!port) return report_failure(attempt.id, port.error().message);
  if (const auto created = create(attempt, folder, *port); !created) {
    return report_failure(attempt.id, created.error().message);
  }
  const auto watched = watch(attempt.id, *port);
  const Owner owner{attempt.names.tenant, attempt.names.user};
  if (const auto started = start_supervisor(attempt.id, owner, watched->second); !started) {
    end_unstarted(attempt.id, watched->second, started.error());
  }
}

void LocalEngine::Body::end_unstarted(AttemptId id, Watched& watched, const Error& error) {
  if (error.code == Code::unavailable) {
    postponed_.insert(id);
    return;
  }
  const Ending ending{.how = How::start_failed, .at = wall_time(), .why = error.message};
  [[maybe_unused]] const auto written = write_record(watched.folder.path(), ending, Sync::yes);
  report_end(id, watched, ending);
}

void LocalEngine::Body::carry_out(const StopIt& stop) {
  const auto known = attempts_.find(stop.id);
  if (known == attempts_.end()) {
    const Ending ending{.how = How::lost, .at = wall_time(), .why = "this machine knows nothing of it"};
    return on_report_({.id = stop.id, .kind = Report::Kind::ended, .at = ending.at, .ending = ending});
  }
  Watched& watched = known->second;
  if (watched.is_ended) return;
  // A cancellation stays: an eviction that comes after it would only be slower.
  const auto former = read_stop(watched.folder.path());
  if (!former || former->kind == StopKind::evict) {
    [[maybe_unused]] const auto written = write_record(watched.folder.path(), stop.order, Sync::no);
  }
  if (postponed_.contains(stop.id) && !watched.supervisor) {
    Fd late = watched.folder.supervisor();
    if (!late) return end_unbegun(stop.id, watched, stop.order);
    postponed_.erase(stop.id);
    attach(stop.id, watched, std::move(late));
  }
  wake(watched);
}

// Nobody need wait for a starter to be told that nothing was started. One that was asked and did not answer may have
// started a supervisor all the same: whoever has the lock decides, and one that comes now reads the order itself.
void LocalEngine::Body::end_unbegun(AttemptId id, Watched& watched, const StopOrder& order) {
  if (watched.folder.has(file::running) || watched.folder.has(file::ended)) return;
  const Lock lock = Lock::take(watched.folder.path() + '/' + file::lock);
  if (!lock) return;
  const Ending ending{.how = order.kind == StopKind::evict ? How::evicted : How::cancelled,
                      .at = wall_time(),
                      .why = "it had not begun"};
  if (!write_record(watched.folder.path(), ending, Sync::yes)) return;
  postponed_.erase(id);
  report_end(id, watched, ending);
}

void LocalEngine::Body::carry_out(const ForgetIt& forget) {
  const auto known = attempts_.find(forget.id);
  if (known == attempts_.end() || !known->second.is_ended) return;
  known->second.folder.remove();
  if (why_away_.empty()) starter_->forget(forget.id);
  attempts_.erase(known);
}

LocalEngine::Body::Attempts::iterator LocalEngine::Body::watch(AttemptId id, std::uint16_t port) {
  const auto [entry, _] = attempts_.try_emplace(id, Watched{.folder = folder_of(id), .port = port});
  Watched& watched = entry->second;
  // Without a watch, for want of a kernel limit, the start is reported together with the end.
  watched.watch = ::inotify_add_watch(events_.get(), watched.folder.path().c_str(), IN_MOVED_TO);
  if (watched.watch >= 0) by_watch_[watched.watch] = id;
  return entry;
}

// While it is away nobody but try_again() asks: each question may take seconds, and orders wait behind it.
Result<void> LocalEngine::Body::start_supervisor(AttemptId id, const Owner& owner, Watched& watched) {
  if (!why_away_.empty()) return fail(Code::unavailable, why_away_);
  auto supervisor = starter_->start(id, owner, watched.folder);
  const bool is_away = !supervisor && supervisor.error().code == Code::unavailable;
  found_away(is_away ? supervisor.error().message : "");
  if (!supervisor) return tl::unexpected(supervisor.error());
  attach(id, watched, *std::move(supervisor));
  return {};
}

void LocalEngine::Body::found_away(const std::string& why) {
  why_away_ = why;
  if (!why.empty()) try_at_ = steady_time() + try_again_every;
  if (why.empty() == told_away_.empty()) return;
  told_away_ = why;
  if (options_.on_wait) options_.on_wait(why);
}

Result<std::optional<Ending>> LocalEngine::Body::end_unwatched(AttemptId id, const AttemptFolder& folder) {
  return folder.end_unwatched([&] { return starter_->kill_leftovers(id, folder); });
}

// One after the other, until one has to wait again: then the others would, too. The next time begins after that one, so
// that what only it waits for is not what all wait for.
void LocalEngine::Body::try_again() {
  constexpr std::int64_t share = 4;  // of the time is left to orders, where a try takes long
  const Duration begin = steady_time();
  why_away_.clear();
  const std::vector<AttemptId> all(postponed_.begin(), postponed_.end());
  const auto after = std::upper_bound(all.begin(), all.end(), tried_last_) - all.begin();
  for (std::size_t i = 0; i < all.size(); ++i) {
    tried_last_ = all[(static_cast<std::size_t>(after) + i) % all.size()];
    postponed_.erase(tried_last_);
    const auto known = attempts_.find(tried_last_);
    if (known != attempts_.end() && !known->second.is_ended) try_again(tried_last_, known->second);
    if (postponed_.contains(tried_last_)) break;
  }
  const Duration end = steady_time();
  try_at_ = end + std::max(try_again_every, Duration{(end - begin).ns * share});
}

void LocalEngine::Body::try_again(AttemptId id, Watched& watched) {
  if (watched.folder.has(file::running) || watched.folder.has(file::ended)) return supervisor_ended(id, watched);
  const auto launch = read_launch(watched.folder.path());
  const Owner owner = launch ? Owner{launch->tenant, launch->user} : Owner{};
  if (const auto started = start_supervisor(id, owner, watched); !started) end_unstarted(id, watched, started.error());
}

void LocalEngine::Body::attach(AttemptId id, Watched& watched, Fd supervisor) {
  watched.supervisor = std::move(supervisor);
  epoll_event event{.events = EPOLLIN, .data = {.u64 = next_key_}};
  DURE_ASSERT(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, watched.supervisor.get(), &event) == 0);
  by_key_[next_key_++] = id;
  // An order to stop may have been told to one that gave way to this one, which had looked for orders before.
  if (watched.folder.has(file::stop)) wake(watched);
}

void LocalEngine::Body::wake(const Watched& watched) {
  ::syscall(SYS_pidfd_send_signal, watched.supervisor.get(), wake_signal, nullptr, 0);
}

void LocalEngine::Body::read_events() {
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = ::read(events_.get(), buffer.data(), buffer.size());
    if (size <= 0) return;
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) look_at_all();
      const auto known = by_watch_.find(event->wd);
      if (known != by_watch_.end()) look_at(known->second, attempts_.at(known->second));
    }
  }
}

void LocalEngine::Body::look_at(AttemptId id, Watched& watched) {
  if (const auto at = watched.folder.started_at()) report_start(id, watched, *at);
}

void LocalEngine::Body::look_at_all() {
  for (auto& [id, watched] : attempts_) {
    if (!watched.is_ended && !watched.is_start_reported) look_at(id, watched);
  }
}

void LocalEngine::Body::supervisor_ended(AttemptId id, Watched& watched) {
  // It is this process's child, unless an earlier server started it.
  siginfo_t ignored{};
  ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(watched.supervisor.get()), &ignored, WEXITED | WNOHANG);
  watched.supervisor.reset();
  // Two supervisors may have been started for one attempt, by this server and the one before; the lock has let one
  // pass.
  for (;;) {
    if (Fd other = watched.folder.supervisor()) return attach(id, watched, std::move(other));
    const auto ending = end_unwatched(id, watched.folder);
    if (!ending) {
      postponed_.insert(id);
      return;
    }
    if (*ending) return report_end(id, watched, **ending);
  }
}

void LocalEngine::Body::end_watch(Watched& watched) {
  if (watched.watch < 0) return;
  ::inotify_rm_watch(events_.get(), watched.watch);
  by_watch_.erase(watched.watch);
  watched.watch = -1;
}

void LocalEngine::Body::report_start(AttemptId id, Watched& watched, Time at) {
  if (watched.is_start_reported) return;
  watched.is_start_reported = true;
  end_watch(watched);
  on_report_({.id = id, .kind = Report::Kind::started, .at = at});
}

void LocalEngine::Body::report_end(AttemptId id, Watched& watched, const Ending& ending) {
  if (ending.started_at) report_start(id, watched, *ending.started_at);
  end_watch(watched);
  watched.is_ended = true;
  const bool has_failed = ending.how == How::start_failed;
  on_report_({.id = id,
              .kind = has_failed ? Report::Kind::start_failed : Report::Kind::ended,
              .at = ending.at,
              .ending = ending});
}

void LocalEngine::Body::report_failure(AttemptId id, std::string why) {
  const Ending ending{.how = How::start_failed, .at = wall_time(), .why = std::move(why)};
  on_report_({.id = id, .kind = Report::Kind::start_failed, .at = ending.at, .ending = ending});
}

std::vector<AttemptId> LocalEngine::Body::ids_in_folder() const {
  std::vector<AttemptId> ids;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(attempts_folder(), error)) {
    if (const auto id = attempt_of(entry.path().filename().string())) {
      ids.push_back(*id);
    } else {
      // What a server that died left half made, or half removed.
      std::error_code ignored;
      std::filesystem::remove_all(entry.path(), ignored);
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Found LocalEngine::Body::found_ended(AttemptId id, Watched& watched, const Ending& ending) {
  end_watch(watched);
  watched.is_ended = true;
  return {.id = id, .state = Found::State::ended, .started_at = ending.started_at, .ending = ending};
}

Found LocalEngine::Body::find(AttemptId id) {
  const auto launch = read_launch(folder_of(id).path());
  Watched& watched = watch(id, launch ? launch->port : std::uint16_t{0})->second;
  Fd supervisor = watched.folder.supervisor();
  if (!supervisor) {
    if (watched.folder.has(file::running) || watched.folder.has(file::ended)) {
      const auto ending = end_unwatched(id, watched.folder);
      if (!ending) {
        postponed_.insert(id);
        return {.id = id, .state = Found::State::running, .started_at = watched.folder.started_at()};
      }
      if (*ending) return found_ended(id, watched, **ending);
      return find(id);  // One came this moment.
    }
    if (!launch) {
      return found_ended(id, watched, {.how = How::start_failed, .at = wall_time(), .why = launch.error().message});
    }
    // Ordered, and never begun. If the former server's supervisor is only late, the lock lets one of the two pass.
    const auto started = start_supervisor(id, {launch->tenant, launch->user}, watched);
    if (!started && started.error().code == Code::unavailable) {
      postponed_.insert(id);
    } else if (!started) {
      return found_ended(id, watched, {.how = How::start_failed, .at = wall_time(), .why = started.error().message});
    }
    return {.id = id, .state = Found::State::starting};
  }
  const auto at = watched.folder.started_at();
  if (at) {
    watched.is_start_reported = true;
    end_watch(watched);
  }
  attach(id, watched, std::move(supervisor));
  return {.id = id, .state = at ? Found::State::running : Found::State::starting, .started_at = at};
}

std::vector<Found> LocalEngine::Body::recover() {
  DURE_ASSERT(!thread_.joinable());
  std::vector<Found> found;
  for (const AttemptId id : ids_in_folder()) found.push_back(find(id));
  thread_ = std::thread([this] { run(); });
  return found;
}

Result<LocalEngine> LocalEngine::open(const std::string& folder, EngineOptions options, OnReport on_report) {
  if (auto made = make_folder(folder); !made) return tl::unexpected(made.error());
  std::error_code error;
  const std::string absolute = std::filesystem::canonical(folder, error).string();
  if (error) return fail(Code::failed, "cannot enter " + folder + ": " + error.message());
  // A record lock: a supervisor that is being started when this process is killed must not inherit it.
  const std::string lock_path = absolute + "/lock";
  Lock lock = Lock::take(lock_path);
  if (const pid_t other = lock ? 0 : holder(lock_path); other > 0) {
    return fail(Code::failed, folder + " is in use by another server, process " + std::to_string(other) +
                                  "; stop it, or give this one a folder of its own");
  }
  if (!lock) return tl::unexpected(system_error("cannot lock", lock_path));
  auto starter = starter_of(options, absolute);
  if (!starter) return tl::unexpected(starter.error());
  auto body =
      std::make_unique<Body>(absolute, std::move(options), *std::move(starter), std::move(on_report), std::move(lock));
  if (auto opened = body->open(); !opened) return tl::unexpected(opened.error());
  return LocalEngine(std::move(body));
}

bool LocalEngine::is_open_in(const std::string& folder, pid_t process) {
  return process > 0 && holder(folder + "/lock") == process;
}

LocalEngine::LocalEngine(std::unique_ptr<Body> body) : body_(std::move(body)) {}
LocalEngine::LocalEngine(LocalEngine&&) noexcept = default;
LocalEngine& LocalEngine::operator=(LocalEngine&&) noexcept = default;
LocalEngine::~LocalEngine() = default;

std::vector<Found> LocalEngine::recover() { return body_->recover(); }
void LocalEngine::start(Attempt attempt) { body_->push(Order(std::move(attempt))); }
void LocalEngine::stop(AttemptId id, StopOrder order) { body_->push(Order(StopIt{id, std::move(order)})); }
void LocalEngine::forget(AttemptId id) { body_->push(Order(ForgetIt{id})); }
std::string LocalEngine::home_of(JobId job) const { return body_->home_of(job); }

Result<Fd> LocalEngine::open_log(JobId job, const Owner& owner, const std::string& path) const {
  return body_->open_log(job, owner, path);
}

std::string LocalEngine::terminal_path_of(AttemptId id) const { return body_->terminal_path_of(id); }

std::string LocalEngine::output_path_of(const JobText& text, const OutputName& name, Stream stream) const {
  return output_path(text, name, stream, home_of(name.id.job));
}

}  // namespace dure::engine
