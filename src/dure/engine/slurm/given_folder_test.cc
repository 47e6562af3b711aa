#include "dure/engine/slurm/given_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "dure/base/test_folder.h"
#include "dure/engine/guise.h"

namespace dure::engine {
namespace {

namespace fs = std::filesystem;

constexpr uid_t uid = 62'001;

class given_folder : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
    ::chmod(folder_.path().c_str(), 0711);
    ASSERT_TRUE(make_home(path_.string(), nameless_account(uid)));
    std::ofstream(outside_) << "of root";
    ::chmod(outside_.c_str(), 0600);
  }

  GivenFolder given() const { return *GivenFolder::find(path_.string()); }
  std::string read(const std::string& name) const {
    return given().read(name, GivenFolder::Part::first, 100).value_or("nothing");
  }
  // As the account does it.
  void put(const std::string& name, const std::string& text) const {
    const Guise as(nameless_account(uid));
    std::ofstream(path_ / name) << text;
  }
  GivenFolder::Cleared clear(std::size_t names) const { return given().clear(names); }

  TempFolder folder_;
  fs::path path_ = folder_ / "given";
  fs::path outside_ = folder_ / "outside";
};

TEST_F(given_folder, what_is_written_is_the_accounts_and_replaces_what_is_there) {
  for (const char* text : {"one", "two"}) ASSERT_TRUE(given().write("file", text, 0600));
  EXPECT_EQ(read("file"), "two");
  struct stat status{};
  ASSERT_EQ(::stat((path_ / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, uid);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(given_folder, no_link_is_followed_and_no_pipe_waited_for) {
  fs::create_symlink(outside_, path_ / "link");
  fs::create_symlink(outside_, path_ / "file.new");
  fs::create_hard_link(outside_, path_ / "second-name");
  ::mkfifo((path_ / "pipe").c_str(), 0666);
  ::mkfifo((path_ / "script.new").c_str(), 0666);
  fs::create_directory(path_ / "folder");
  for (const char* name : {"link", "second-name", "pipe", "folder", "absent", "../outside"}) {
    EXPECT_EQ(read(name), "nothing") << name;
  }
  EXPECT_TRUE(given().write("file", "text", 0600));
  EXPECT_TRUE(given().write("script", "text", 0700));
  EXPECT_FALSE(given().write("folder", "text", 0600));
  std::ifstream outside(outside_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(outside), {}), "of root");
}

TEST_F(given_folder, no_more_is_read_than_was_asked_for) {
  put("large", std::string(1 << 20, 'a') + "end");
  EXPECT_EQ(read("large"), std::string(100, 'a'));
  EXPECT_EQ(given().read("large", GivenFolder::Part::last, 5), "aaend");
  EXPECT_EQ(given().read("large", GivenFolder::Part::last, 3), "end");
}

TEST_F(given_folder, all_of_it_is_removed_and_nothing_that_it_leads_to) {
  fs::create_directory(folder_ / "elsewhere");
  std::ofstream(folder_ / "elsewhere" / "file") << "kept";
  {
    const Guise as(nameless_account(uid));
    fs::create_directory_symlink(folder_ / "elsewhere", path_ / "link");
    fs::create_directories(path_ / "a" / "b");
    fs::create_directory_symlink(folder_ / "elsewhere", path_ / "a" / "b" / "link");
    std::ofstream(path_ / "a" / "b" / "file") << "gone";
    fs::permissions(path_ / "a" / "b", fs::perms::none);
    fs::permissions(path_ / "a", fs::perms::none);
    fs::permissions(path_, fs::perms::none);
  }
  EXPECT_EQ(clear(1'000), GivenFolder::Cleared::all);
  EXPECT_TRUE(fs::is_empty(path_));
  EXPECT_TRUE(fs::exists(folder_ / "elsewhere" / "file"));
}

TEST_F(given_folder, a_tree_of_any_depth_is_removed_with_few_descriptors) {
  constexpr int depth = 3'000;
  {
    const Guise as(nameless_account(uid));
    Fd at(::open(path_.c_str(), O_RDONLY | O_DIRECTORY));
    for (int i = 0; i < depth; ++i) {
      ASSERT_EQ(::mkdirat(at.get(), "folder-with-a-long-name", 0700), 0) << i;
      at = Fd(::openat(at.get(), "folder-with-a-long-name", O_RDONLY | O_DIRECTORY));
    }
  }
  EXPECT_EQ(clear(100), GivenFolder::Cleared::in_part) << "at most so many at once";
  EXPECT_EQ(clear(4 * depth), GivenFolder::Cleared::all);
  EXPECT_TRUE(fs::is_empty(path_));
}

TEST_F(given_folder, what_its_account_could_not_remove_stays) {
  fs::create_directory(path_ / "of-root");
  std::ofstream(path_ / "of-root" / "file") << "kept";
  put("file", "gone");
  EXPECT_EQ(clear(1'000), GivenFolder::Cleared::not_permitted);
  EXPECT_TRUE(fs::exists(path_ / "of-root" / "file"));
  EXPECT_FALSE(fs::exists(path_ / "file"));
}

}  // namespace
}  // namespace dure::engine
