#include "dure/engine/guise.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <barrier>
#include <fstream>
#include <string>
#include <thread>

#include "dure/base/test_folder.h"
#include "dure/engine/fd.h"

namespace dure::engine {
namespace {

class guise : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can act as another account";
    std::ofstream(secret_) << "of root";
    ::chmod(secret_.c_str(), 0640);
    ASSERT_EQ(::chown(secret_.c_str(), 0, 62'009), 0);
    ::chmod(folder_.path().c_str(), 0777);
  }
  bool can_read() const { return static_cast<bool>(Fd(::open(secret_.c_str(), O_RDONLY | O_CLOEXEC))); }

  TempFolder folder_;
  std::string secret_ = (folder_ / "secret").string();
};

TEST_F(guise, opens_and_makes_what_the_account_may_and_is_taken_off_again) {
  {
    const Guise as(nameless_account(62'001));
    ASSERT_TRUE(as);
    EXPECT_FALSE(can_read());
    std::ofstream(folder_ / "made") << "by it";
  }
  struct stat status{};
  ASSERT_EQ(::stat((folder_ / "made").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 62'001u);
  EXPECT_EQ(status.st_gid, 62'001u);
  EXPECT_TRUE(can_read());
  EXPECT_EQ(::chown((folder_ / "made").c_str(), 0, 0), 0);
}

TEST_F(guise, has_the_groups_of_the_account) {
  const Guise as(62'001, 62'001, {62'001, 62'009});
  ASSERT_TRUE(as);
  EXPECT_TRUE(can_read());
}

TEST_F(guise, of_one_thread_is_not_the_others) {
  std::barrier both(2);
  std::thread other([&] {
    const Guise as(nameless_account(62'001));
    EXPECT_FALSE(can_read());
    both.arrive_and_wait();
    both.arrive_and_wait();
  });
  both.arrive_and_wait();
  EXPECT_TRUE(can_read());
  both.arrive_and_wait();
  other.join();
}

TEST_F(guise, of_the_process_itself_changes_nothing) {
  const Guise as(0, 0, {0});
  EXPECT_TRUE(as);
  EXPECT_TRUE(can_read());
}

}  // namespace
}  // namespace dure::engine
