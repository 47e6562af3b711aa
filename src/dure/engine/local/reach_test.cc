#include "dure/engine/local/reach.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "dure/engine/local/test_engine.h"

namespace dure::engine {
namespace {

namespace fs = std::filesystem;

// data/token, data/jobs/1/, data/jobs/2/out and outside/, of which data is closed to all but job 1's own folder.
class Reaching : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* folder : {"data/jobs/1", "data/jobs/2", "outside"}) fs::create_directories(root_ / folder);
    for (const char* file : {"data/token", "data/jobs/2/out", "data/jobs/1/out", "outside/out"}) {
      std::ofstream(root_ / file) << file;
    }
    fs::create_symlink(root_ / "data", root_ / "outside/link");
    fs::create_symlink(root_ / "data/token", root_ / "data/jobs/1/link");
    fs::create_hard_link(root_ / "data/token", root_ / "data/jobs/1/second");
    ::mkfifo((root_ / "outside/pipe").c_str(), 0600);
  }
  std::string at(const std::string& path) const { return (root_ / path).string(); }
  bool checks(const std::string& path) const { return check_reach(at(path), reach_).has_value(); }
  bool opens(const std::string& path) const { return open_within(at(path), reach_).has_value(); }

  TemporaryFolder folder_;
  fs::path root_ = folder_ / "root";
  Reach reach_{.closed = at("data"), .home = at("data/jobs/1")};
};

TEST_F(Reaching, LeadsToAJobsOwnFolderAndWhatIsOutside) {
  for (const char* path : {"data/jobs/1/out", "data/jobs/1/new", "outside/out", "outside/new/new", "database"}) {
    EXPECT_TRUE(checks(path)) << path;
  }
  EXPECT_TRUE(opens("data/jobs/1/out"));
  EXPECT_TRUE(opens("outside/out"));
  EXPECT_TRUE(check_reach("/dev/null", reach_));
}

TEST_F(Reaching, LeadsNowhereElseInWhatIsClosed) {
  for (const char* path : {"data/token", "data/jobs/2/out", "data/jobs/2/new", "data/jobs/1/../2/out", "data/jobs/12",
                           "data/jobs/1/link", "outside/link/token", "outside/link/new", "outside/../data/token"}) {
    EXPECT_FALSE(checks(path)) << path;
    EXPECT_FALSE(opens(path)) << path;
  }
}

TEST_F(Reaching, OpensNoLinksAndNothingThatBlocks) {
  EXPECT_FALSE(opens("data/jobs/1/second")) << "the same file under a second name";
  EXPECT_FALSE(opens("outside/pipe"));
  EXPECT_FALSE(open_plain(at("data/jobs/1/link"), O_WRONLY));
  EXPECT_FALSE(open_plain("/dev/zero", O_RDONLY));
  EXPECT_TRUE(open_plain("/dev/null", O_WRONLY));
}

}  // namespace
}  // namespace dure::engine
