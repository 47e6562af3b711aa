#include "dure/launcher/gpu_fence.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dure/base/test_folder.h"
#include "dure/engine/local/cgroup.h"

namespace dure::launcher {
namespace {

namespace fs = std::filesystem;

// Device files as the driver has them, on a machine that need not have a driver: where opening is allowed there is
// merely nothing behind it.
class GpuFence : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can make device files and rules about them";
    if (const auto checked = check_gpu_fences(); !checked) GTEST_SKIP() << checked.error().message;
    for (const engine::OwnGroup& own : engine::own_groups()) {
      if (own.is_unified()) group_ = own.folder + "/dure-gpu-fence-" + std::to_string(::getpid());
    }
    if (group_.empty() || ::mkdir(group_.c_str(), 0755) != 0) GTEST_SKIP() << "there is no cgroup of version 2 here";
  }
  void TearDown() override {
    if (!group_.empty()) ::rmdir(group_.c_str());
  }

  // What opening the device says to a process in the group: an errno, or 0.
  int open_inside(mode_t kind, unsigned major, unsigned minor) const {
    const std::string path =
        folder_ / (std::to_string(major) + '-' + std::to_string(minor) + '-' + std::to_string(kind));
    if (::mknod(path.c_str(), kind | 0666, ::makedev(major, minor)) != 0) return -1;
    const pid_t child = ::fork();
    if (child == 0) {
      std::ofstream(group_ + "/cgroup.procs") << "0" << std::flush;
      errno = 0;
      const int opened = ::open(path.c_str(), O_RDWR | O_NONBLOCK);
      ::_exit(opened >= 0 ? 0 : errno);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ::unlink(path.c_str());
    return WEXITSTATUS(status);
  }
  int open_gpu(unsigned minor) const { return open_inside(S_IFCHR, 195, minor); }

  std::string group_;
  TempFolder folder_{fs::temp_directory_path()};  // device files can be opened there
};

TEST_F(GpuFence, OpensTheGpusThatWereGivenAndNoOthers) {
  if (open_gpu(0) != ENXIO) GTEST_SKIP() << "there are GPUs here, or no device files";
  ASSERT_TRUE(fence_gpus(group_, std::array{1U, 3U}));
  EXPECT_EQ(open_gpu(0), EPERM);
  EXPECT_EQ(open_gpu(1), ENXIO);
  EXPECT_EQ(open_gpu(2), EPERM);
  EXPECT_EQ(open_gpu(3), ENXIO);
  EXPECT_EQ(open_gpu(253), EPERM);
}

TEST_F(GpuFence, KeepsThemAllFromWhoWasGivenNone) {
  ASSERT_TRUE(fence_gpus(group_, {}));
  EXPECT_EQ(open_gpu(0), EPERM);
  EXPECT_EQ(open_gpu(253), EPERM);
}

TEST_F(GpuFence, LeavesAllOtherDevicesAsTheyAre) {
  const int control = open_gpu(255);
  const int modeset = open_gpu(254);
  const int disk = open_inside(S_IFBLK, 195, 0);
  ASSERT_TRUE(fence_gpus(group_, {}));
  EXPECT_EQ(open_inside(S_IFCHR, 1, 3), 0);  // /dev/null
  EXPECT_EQ(open_gpu(255), control);
  EXPECT_EQ(open_gpu(254), modeset);
  EXPECT_EQ(open_inside(S_IFBLK, 195, 0), disk);
}

TEST_F(GpuFence, SaysWhatItCannotDo) {
  const auto fenced = fence_gpus(group_ + "/none", {});
  ASSERT_FALSE(fenced);
  EXPECT_NE(fenced.error().message.find("/none"), std::string::npos) << fenced.error().message;
}

}  // namespace
}  // namespace dure::launcher
