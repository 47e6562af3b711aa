#include "dure/engine/local/attempt_folder.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <system_error>

#include "dure/engine/local/cgroup.h"
#include "dure/engine/local/lock.h"
#include "dure/engine/process.h"

namespace dure::engine {
namespace {

Fd open_process(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

// Returns when the process has ended, or when it could not be killed for so long.
void wait_for_end(const Fd& process) {
  constexpr int longest_ms = 5'000;
  pollfd wait{.fd = process.get(), .events = POLLIN, .revents = 0};
  if (process) ::poll(&wait, 1, longest_ms);
}

// When this machine was started: /proc/stat has a line `btime SECONDS`.
Time boot_time() {
  const std::string text = read_file("/proc/stat").value_or("");
  const std::size_t at = text.find("\nbtime ");
  if (at == std::string::npos) return wall_time();
  const std::size_t begin = at + 7;
  return Time{} +
         seconds(parse_integer(std::string_view(text).substr(begin, text.find('\n', begin) - begin)).value_or(0));
}

}  // namespace

bool AttemptFolder::exists() const { return ::access(path_.c_str(), F_OK) == 0; }
bool AttemptFolder::has(const char* name) const { return ::access((path_ + '/' + name).c_str(), F_OK) == 0; }

Result<void> AttemptFolder::create(const Launch& launch, const std::string& script) const {
  const std::string unfinished = path_ + ".new";
  std::error_code ignored;
  std::filesystem::remove_all(unfinished, ignored);
  if (::mkdir(unfinished.c_str(), 0700) != 0) return tl::unexpected(system_error("cannot make", unfinished));
  // Nothing is synced here: the supervisor syncs before it starts anything, and without a supervisor nothing has run.
  return write_file(unfinished, file::script, script, Sync::no)
      .and_then([&] { return write_record(unfinished, launch, Sync::no); })
      .and_then([&] { return write_file(unfinished, file::lock, "", Sync::no); })
      .and_then([&]() -> Result<void> {
        if (::rename(unfinished.c_str(), path_.c_str()) == 0) return {};
        return tl::unexpected(system_error("cannot make", path_));
      });
}

void AttemptFolder::remove() const {
  std::error_code ignored;
  // The folder first gets a name that means nothing: half of it must not look like an attempt.
  const std::string unfinished = path_ + ".new";
  std::filesystem::rename(path_, unfinished, ignored);
  std::filesystem::remove_all(unfinished, ignored);
}

Fd AttemptFolder::supervisor() const {
  const std::string lock = path_ + '/' + file::lock;
  for (;;) {
    const pid_t pid = holder(lock);
    if (pid <= 0) return {};
    Fd process = open_process(pid);
    // Still the holder: so the handle is on that process and on no later one with its number.
    if (process && holder(lock) == pid) return process;
  }
}

std::optional<Time> AttemptFolder::started_at() const {
  const auto started = read_started(path_);
  return started ? std::optional(started->at) : std::nullopt;
}

void AttemptFolder::kill_leftovers() const {
  const auto running = read_running(path_);
  if (running && running->boot != boot_id()) return;
  if (running) {
    Cgroup group = Cgroup::find(running->cgroups);
    group.kill();
    group.remove();
  }
  const auto launch = read_launch(path_);
  if (!launch) return;
  const std::string variable = std::string(token_variable) + '=' + launch->token;
  const auto list = [&] { return processes_with(variable); };
  // Twice: who is just starting another program has no environment for a moment.
  for (int pass = 0; pass < 2; ++pass) {
    std::vector<Fd> ends;
    for (const pid_t pid : list()) ends.push_back(open_process(pid));
    kill_all(list);
    for (const Fd& end : ends) wait_for_end(end);
    if (pass == 0) ::poll(nullptr, 0, 2);
  }
  if (running) Cgroup::find(running->cgroups).remove();
}

Ending AttemptFolder::loss() const {
  Ending ending{.how = How::lost, .at = wall_time(), .started_at = started_at()};
  const auto running = read_running(path_);
  if (has(file::ended)) {
    ending.why = read_ending(path_).error().message;
  } else if (running && running->boot != boot_id()) {
    ending.why = "the machine was restarted while it ran";
    ending.at = boot_time();
  } else if (!has(file::running)) {
    ending.how = How::start_failed;
    ending.why = "its supervisor ended before it began; see " + path_ + "/supervisor.log";
  } else {
    ending.why = "its supervisor was killed; what was left of it has been killed, too";
  }
  if (running && !ending.started_at) ending.started_at = running->at;
  return ending;
}

Result<std::optional<Ending>> AttemptFolder::end_unwatched(
    const std::function<Result<void>()>& kill_what_is_left) const {
  // Held until the loss is recorded: a supervisor that comes late must not begin.
  const Lock lock = Lock::take(path_ + '/' + file::lock);
  if (!lock) return std::nullopt;
  if (auto ended = read_ending(path_)) return *std::move(ended);
  if (auto killed = kill_what_is_left(); !killed) return tl::unexpected(killed.error());
  Ending ending = loss();
  // If this fails it is found lost again, with a later time; there is nothing better to do on a full disk.
  [[maybe_unused]] const auto written = write_record(path_, ending, Sync::yes);
  return ending;
}

}  // namespace dure::engine
