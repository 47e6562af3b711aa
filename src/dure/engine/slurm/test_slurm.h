// For tests: a real Slurm cluster, which is there as long as this is.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "dure/base/test_folder.h"
#include "dure/engine/record.h"
#include "dure/engine/slurm/program.h"
#include "dure/engine/slurm/rest_link.h"
#include "dure/engine/slurm/slurm_link.h"

namespace dure::engine {

// Asks until it holds; false if it never did.
inline bool comes_true(const std::function<bool()>& holds, std::chrono::seconds most = std::chrono::seconds(60)) {
  const auto end = std::chrono::steady_clock::now() + most;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// Three nodes n1, n2 and n3 of 16 CPUs and 2 GPUs each, in the partition `dure`, with slurmrestd twice.
class TestSlurm {
 public:
  // Nothing where Slurm cannot run; `why` says what is missing.
  static std::unique_ptr<TestSlurm> start(std::string& why) {
    std::unique_ptr<TestSlurm> slurm(new TestSlurm());
    auto end = slurm->lab({"start", slurm->at(), "--nodes", "3", "--rest", "--jwt"});
    constexpr int packages_missing = 3;
    if (end && end->exit_code == packages_missing) {
      why = end->error;
      return nullptr;
    }
    if (!end || end->exit_code != 0) throw std::runtime_error(end ? end->error : end.error().message);
    slurm->is_started_ = true;
    return slurm;
  }
  TestSlurm(const TestSlurm&) = delete;
  TestSlurm& operator=(const TestSlurm&) = delete;
  ~TestSlurm() {
    if (is_started_) (void)lab({"stop", at()});
  }

  std::string config() const { return at() + "/slurm.conf"; }
  std::string at() const { return (folder_ / "lab").string(); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  RestOptions by_socket() const { return {.socket = at() + "/rest.sock", .url = {}, .user = {}, .token_file = {}}; }
  RestOptions by_token() {
    write("token", run({"scontrol", "token", "username=root"}));
    return {
        .socket = {}, .url = "http://127.0.0.1:" + port("slurmrestd-jwt"), .user = "root", .token_file = file("token")};
  }

  void write(const std::string& name, const std::string& text) const {
    const auto written = write_file(folder_.path().string(), name, text, Sync::no);
    if (!written) throw std::runtime_error(written.error().message);
  }
  std::string read(const std::string& name) const { return read_file(file(name)).value_or(""); }

  void kill(const std::string& daemon) {
    if (const auto end = lab({"kill", at(), daemon}); !end || end->exit_code != 0) throw std::runtime_error("kill");
  }

  // What a command of Slurm's prints.
  std::string run(const std::vector<std::string>& command) {
    auto environment = program_environment();
    environment.push_back({"SLURM_CONF", config()});
    auto end = run_program(command, environment, seconds(60));
    if (!end) throw std::runtime_error(end.error().message);
    return end->output + end->error;
  }

 private:
  TestSlurm() = default;

  static Result<ProgramEnd> lab(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), DURE_SLURM_LAB);
    return run_program(arguments, program_environment(), seconds(90));
  }

  std::string port(const std::string& daemon) const {
    const std::string ports = "\n" + read_file(at() + "/ports").value_or("");
    const std::size_t begin = ports.find('\n' + daemon + ' ') + daemon.size() + 2;
    return ports.substr(begin, ports.find('\n', begin) - begin);
  }

  TempFolder folder_;
  bool is_started_ = false;
};

// A test with a cluster; skipped where there can be none.
class WithSlurm : public testing::Test {
 protected:
  void SetUp() override {
    std::string why = "only root can start a Slurm cluster";
    if (::geteuid() == 0) slurm_ = TestSlurm::start(why);
    if (!slurm_) GTEST_SKIP() << why;
  }

  std::unique_ptr<TestSlurm> slurm_;
};

}  // namespace dure::engine
