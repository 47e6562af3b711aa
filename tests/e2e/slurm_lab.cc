#include "slurm_lab.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace dure::e2e {
namespace {

const char* const lab = DURE_SOURCE_DIR "/tests/slurm/lab";
constexpr int packages_are_missing = 3;

}  // namespace

SlurmLab::SlurmLab(std::filesystem::path folder, std::vector<std::string> options) : folder_(std::move(folder)) {
  if (::geteuid() != 0) {
    why_not_ = "a Slurm cluster is run by root";
    return;
  }
  std::vector<std::string> command{lab, "start", folder_.string()};
  command.insert(command.end(), options.begin(), options.end());
  const Ran ran = run(command, {});
  if (ran.code == packages_are_missing) {
    why_not_ = ran.errors;
  } else {
    EXPECT_EQ(ran.code, 0) << ran.errors;
  }
}

SlurmLab::~SlurmLab() {
  if (why_not_.empty()) (void)act("stop");
}

Ran SlurmLab::act(const std::string& word, const std::string& what) const {
  std::vector<std::string> command{lab, word, folder_.string()};
  if (!what.empty()) command.push_back(what);
  Ran ran = run(command, {});
  EXPECT_EQ(ran.code, 0) << word << ' ' << what << ": " << ran.errors;
  return ran;
}

Ran SlurmLab::slurm(std::vector<std::string> command) const {
  command.insert(command.begin(), "/usr/bin/env");
  return run(command, {{"SLURM_CONF", config()}});
}

}  // namespace dure::e2e
