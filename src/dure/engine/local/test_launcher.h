// For tests: with DURE_TEST_LAUNCHER in the environment the engine's tests run as an account without rights, and all
// that they start by a launcher, which gives it another account. Both sides of the port Starter keep the same contract.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "dure/engine/local/cgroup.h"
#include "dure/engine/process.h"
#include "dure/engine/record.h"

namespace dure::engine {

// Made before main(), as the account of the whole process changes with it.
class TestLauncher {
 public:
  TestLauncher() {
    if (std::getenv("DURE_TEST_LAUNCHER") == nullptr) return;
    constexpr int skipped = 77;
    if (::geteuid() != 0) {
      std::puts("only root can give jobs the accounts of others");
      std::_Exit(skipped);
    }
    std::string folder = (std::filesystem::temp_directory_path() / "dure-launched-XXXXXX").string();
    folder_ = ::mkdtemp(folder.data());
    ::chmod(folder_.c_str(), 0711);
    start();
    // Whoever stands for the server and whoever stands for a user share their folders in these tests.
    ::umask(0);
    if (::setgid(account) != 0 || ::setuid(account) != 0) std::_Exit(1);
    ::prctl(PR_SET_DUMPABLE, 1);  // a sanitizer that looks for leaks traces its own process
  }

  bool is_on() const { return !folder_.empty(); }
  std::string socket() const { return folder_ + "/socket"; }

 private:
  static constexpr uid_t account = 64'001;
  // Of this process alone: tests run beside each other.
  const uid_t job_account = 1'700'000'000 + static_cast<uid_t>(::getpid());

  static std::vector<pid_t> processes_of(uid_t uid) {
    std::vector<pid_t> pids;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const auto pid = parse_integer(entry.path().filename().string());
      struct stat status{};
      if (pid && ::stat(entry.path().c_str(), &status) == 0 && status.st_uid == uid && !is_over(*pid)) {
        pids.push_back(static_cast<pid_t>(*pid));
      }
    }
    return pids;
  }
  static bool is_over(std::int64_t pid) {
    const auto one = process(static_cast<pid_t>(pid));
    return !one || one->is_zombie;
  }
  static void remove_groups(const std::string& folder) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.is_directory(error)) remove_groups(entry.path().string());
    }
    ::rmdir(folder.c_str());
  }

  // Another process, still root, ends the launcher when this one has ended, and removes what is left.
  void start() const {
    const std::string group = "dure-launched-" + std::to_string(::getpid());
    std::ofstream(folder_ + "/launcher.yaml")
        << "server: " << account << "\nsocket: " << socket() << "\nfolder: " << folder_ << "/data\ncgroup: " << group
        << "\nuids: {from: " << job_account << ", to: " << job_account
        << "}\naccounts: [{tenant: default, account: " << job_account << "}]\n";
    std::array<int, 2> ends{};
    std::array<int, 2> greeting{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0 || ::pipe2(greeting.data(), O_CLOEXEC) != 0) std::_Exit(1);
    if (::fork() == 0) {
      ::close(ends[1]);
      const pid_t launcher = ::fork();
      if (launcher == 0) {
        ::dup2(greeting[1], STDOUT_FILENO);
        ::execl(DURE_LAUNCHER, DURE_LAUNCHER, "--config", (folder_ + "/launcher.yaml").c_str(), nullptr);
        ::_exit(1);
      }
      ::close(greeting[1]);
      char end = 0;
      while (::read(ends[0], &end, 1) > 0) {
      }
      ::kill(launcher, SIGKILL);
      std::error_code ignored;
      std::filesystem::remove_all(folder_, ignored);
      kill_all([this] { return processes_of(job_account); });
      while (!processes_of(job_account).empty()) ::poll(nullptr, 0, 10);  // the kernel has groups in use until then
      for (const OwnGroup& own : own_groups()) remove_groups(own.folder + '/' + group);
      ::_exit(0);
    }
    ::close(ends[0]);  // the other end stays open for as long as this process lives
    ::close(greeting[1]);
    char word = 0;
    if (::read(greeting[0], &word, 1) != 1) std::_Exit(1);
    ::close(greeting[0]);
  }

  std::string folder_;
};

inline const TestLauncher test_launcher;

}  // namespace dure::engine
