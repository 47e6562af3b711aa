// A server without rights, and the launcher that gives its jobs accounts: as they run where the package is installed.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "process.h"
#include "server_process.h"

namespace dure::e2e {

// Accounts that no system has, and no other process of tests.
inline const uid_t server_uid = 1'800'000'000 + static_cast<uid_t>(::getpid()) * 16;
inline const uid_t first_tenant_uid = server_uid + 1;

// Two tenants, `a` and `b`, each with an account of its own; the first to run a job has the first uid. Needs root.
class LaunchedServer {
 public:
  LaunchedServer();
  ~LaunchedServer();

  // Returns what kept it from coming up.
  std::string start();
  std::string start_launcher();
  // As `kill -9`.
  void kill_launcher();

  ServerProcess& server() { return server_; }
  Process& launcher() { return *launcher_; }
  const Cli& cli() const { return cli_; }
  std::filesystem::path data() const { return folder_.path() / "data"; }
  std::filesystem::path socket() const { return folder_.path() / "launcher.sock"; }
  // Where everybody may write.
  std::filesystem::path shared() const { return folder_.path() / "shared"; }
  std::filesystem::path home(const std::string& job) const { return folder_.path() / "launcher/jobs" / job; }
  // Of attempt `job`.0, as its records have it.
  pid_t supervisor(const std::string& job) const;

 private:
  TempFolder folder_;
  std::string cgroup_;
  std::unique_ptr<Process> launcher_;
  ServerProcess server_;
  Cli cli_;
};

// Processes of that account which have not ended.
std::vector<pid_t> processes_of(uid_t uid);

}  // namespace dure::e2e
