#include "launched_server.h"

#include <dirent.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <string_view>

#include "dure/engine/local/attempt_folder.h"
#include "dure/engine/local/cgroup.h"
#include "dure/engine/process.h"

namespace dure::e2e {
namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& path, uid_t uid, mode_t mode) {
  ::mkdir(path.c_str(), mode);
  ::chmod(path.c_str(), mode);
  [[maybe_unused]] const int owned = ::chown(path.c_str(), uid, uid);
}

void remove_groups(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory(error)) remove_groups(entry.path().string());
  }
  ::rmdir(folder.c_str());
}

std::vector<std::string> as_server() {
  return {"/usr/bin/setpriv",
          fmt::format("--reuid={}", server_uid),
          fmt::format("--regid={}", server_uid),
          "--clear-groups",
          "--no-new-privs",
          "--inh-caps=-all"};
}

}  // namespace

LaunchedServer::LaunchedServer()
    : cgroup_(fmt::format("dure-e2e-{}", ::getpid())),
      server_(data(), {"--config", (folder_.path() / "server.yaml").string()}, as_server()),
      cli_(server_, shared()) {
  ::chmod(folder_.path().c_str(), 0711);
  make_folder(data(), server_uid, 0700);
  make_folder(shared(), 0, 01777);
  std::ofstream(folder_.path() / "server.yaml") << fmt::format(
      "devices: {{emulated: 4}}\nlauncher: {}\ntenants: [{{name: a}}, {{name: b}}]\n", socket().string());
  std::ofstream(folder_.path() / "launcher.yaml") << fmt::format(
      "server: {}\nsocket: {}\nfolder: {}\neach_tenant: {{from: {}, to: {}}}\ncgroup: {}\nprocesses: 64\n", server_uid,
      socket().string(), (folder_.path() / "launcher").string(), first_tenant_uid, first_tenant_uid + 9, cgroup_);
}

LaunchedServer::~LaunchedServer() {
  for (uid_t uid = first_tenant_uid; uid < first_tenant_uid + 10; ++uid) {
    engine::kill_all([&] { return processes_of(uid); });
  }
  for (const engine::OwnGroup& group : engine::own_groups()) remove_groups(group.folder + '/' + cgroup_);
}

std::string LaunchedServer::start_launcher() {
  launcher_.reset();
  const std::vector<std::string> command{DURE_LAUNCHER, "--config", (folder_.path() / "launcher.yaml").string()};
  launcher_ = std::make_unique<Process>(command, Variables{{"LC_ALL", "C"}});
  return launcher_->read_line(in_seconds(60)) ? "" : "the launcher did not come up: " + launcher_->errors();
}

std::string LaunchedServer::start() {
  if (std::string problem = start_launcher(); !problem.empty()) return problem;
  return server_.start();
}

void LaunchedServer::kill_launcher() {
  launcher_->send(SIGKILL);
  launcher_->wait(in_seconds(30));
}

pid_t LaunchedServer::supervisor(const std::string& job) const {
  const auto running = engine::read_running((data() / "work/attempts" / (job + ".0")).string());
  return running ? running->pid : 0;
}

std::vector<pid_t> processes_of(uid_t uid) {
  std::vector<pid_t> pids;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{}) continue;
    struct stat status{};
    const auto process = engine::process(pid);
    if (process && !process->is_zombie && ::stat(entry.path().c_str(), &status) == 0 && status.st_uid == uid) {
      pids.push_back(pid);
    }
  }
  return pids;
}

}  // namespace dure::e2e
