#include "dure/launcher/service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <string_view>
#include <utility>

#include "dure/engine/local/records.h"
#include "dure/engine/process.h"
#include "dure/engine/record.h"
#include "dure/launcher/launch.h"
#include "dure/launcher/log_opener.h"

namespace dure::launcher {
namespace {

constexpr int question_ms_max = 1'000;
// Of a server that is about to be upgraded, as this launcher was: it does not say which GPUs a job has.
constexpr const char* former_version = "1";

Error understood_not() {
  return {Code::invalid_argument, "the launcher does not understand this; is it of another version?"};
}

// Who may enter it may go to what is his own and see nothing else.
Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0711) != 0 && errno != EEXIST)
    return tl::unexpected(engine::system_error("cannot make", path));
  return engine::check_is_of_root(path);
}

// A token is what the engine makes: nothing else is looked for in the environments of others.
bool is_token(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

constexpr std::int64_t gpu_minor_max = 253;

// As `0,3`; nothing is none.
std::optional<GpuMinors> read_minors(std::string_view text) {
  GpuMinors minors;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const auto minor = engine::parse_integer(text.substr(0, end));
    if (!minor || *minor < 0 || *minor > gpu_minor_max) return std::nullopt;
    minors.push_back(static_cast<std::uint32_t>(*minor));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return minors;
}

bool belongs_to(pid_t pid, uid_t uid) {
  struct stat status{};
  return ::stat(fmt::format("/proc/{}", pid).c_str(), &status) == 0 && status.st_uid == uid;
}

// What has no group any more, and still its environment.
void kill_by_token(const Account& account, const std::string& token) {
  const std::string variable = fmt::format("{}={}", engine::token_variable, token);
  engine::kill_all([&] {
    auto pids = engine::processes_with(variable);
    std::erase_if(pids, [&](pid_t pid) { return !belongs_to(pid, account.uid); });
    return pids;
  });
}

}  // namespace

Service::Service(Config config, std::string supervisor, Accounts accounts, engine::Fd listener)
    : config_(std::move(config)),
      supervisor_(std::move(supervisor)),
      accounts_(std::move(accounts)),
      groups_(config_),
      listener_(std::move(listener)) {}

Result<Service> Service::open(const Config& config, std::string supervisor) {
  for (const std::string& folder : {config.folder.string(), (config.folder / "jobs").string()}) {
    if (auto made = make_folder(folder); !made) return tl::unexpected(made.error());
  }
  auto accounts = Accounts::open(config);
  if (!accounts) return tl::unexpected(accounts.error());
  auto listener = engine::listen_as_launcher(config.socket, accounts->server().uid);
  if (!listener) return tl::unexpected(listener.error());
  return Service(config, std::move(supervisor), *std::move(accounts), *std::move(listener));
}

void Service::run() {
  ::signal(SIGCHLD, SIG_IGN);  // nobody waits for what is started here
  for (;;) {
    const engine::Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket) serve(socket);
  }
}

void Service::serve(const engine::Fd& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool is_known = ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  if (!is_known || peer.uid != accounts_.server().uid) return;
  engine::limit_waiting(socket, question_ms_max);
  const auto message = engine::receive_message(socket);
  if (!message) return;
  if (const auto answered = answer(socket, *message); !answered) {
    (void)engine::send_message(socket, {engine::answer_refused, answered.error().message});
  }
}

Result<void> Service::answer(const engine::Fd& socket, const engine::Message& message) {
  const auto& words = message.words;
  const auto is = [&](const char* question, std::size_t count) {
    return words.size() == count && words[0] == question;
  };
  if (is(engine::question::hello, 2) && (words[1] == engine::link_version || words[1] == former_version)) {
    return engine::send_message(socket, {engine::answer_ok, (config_.folder / "jobs").string()});
  }
  if (is(engine::question::start, 5) || is(engine::question::start, 6)) {
    return start(words).and_then(
        [&](const engine::Fd& handle) { return engine::send_message(socket, {engine::answer_ok}, handle); });
  }
  if (is(engine::question::open_log, 4)) {
    return accounts_.of({words[1], words[2]}).map([&](const Account& account) { open_for(socket, account, words[3]); });
  }
  if (is(engine::question::sweep, 5)) {
    return sweep(words).and_then([&] { return engine::send_message(socket, {engine::answer_ok}); });
  }
  return tl::unexpected(understood_not());
}

Result<engine::Fd> Service::start(const std::vector<std::string>& words) {
  const auto id = engine::attempt_of(words[1]);
  if (!id || !words[4].starts_with('/')) return tl::unexpected(understood_not());
  const auto account = accounts_.of({words[2], words[3]});
  if (!account) return tl::unexpected(account.error());
  // In a folder that is root's, under a number: there is no name that leads elsewhere.
  const std::string home = (config_.folder / "jobs" / std::to_string(id->job.value)).string();
  if (auto made = engine::make_home(home, *account); !made) return tl::unexpected(made.error());
  std::optional<GpuMinors> gpus;
  if (words.size() > 5 && !(gpus = read_minors(words[5]))) return tl::unexpected(understood_not());
  const Account& server = accounts_.server();
  auto group = groups_.make(*id, server.uid, server.gid, gpus);
  if (!group) return tl::unexpected(group.error());
  return launch({.program = supervisor_,
                 .folder = words[4],
                 .server = server,
                 .account = *account,
                 .group = *std::move(group),
                 .home = home,
                 .processes_max = config_.processes_max});
}

Result<void> Service::sweep(const std::vector<std::string>& words) {
  const auto id = engine::attempt_of(words[1]);
  if (!id) return tl::unexpected(understood_not());
  groups_.sweep(*id);
  if (!is_token(words[4])) return {};
  return accounts_.of({words[2], words[3]}).map([&](const Account& account) { kill_by_token(account, words[4]); });
}

}  // namespace dure::launcher
