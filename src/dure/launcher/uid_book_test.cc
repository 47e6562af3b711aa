#include "dure/launcher/uid_book.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dure/base/test_folder.h"

namespace dure::launcher {
namespace {

class UidBooks : public testing::Test {
 protected:
  std::filesystem::path path() const { return folder_ / "uids"; }
  UidBook open(UidRange range = {2000, 2002}) const {
    auto book = UidBook::open(path(), range);
    EXPECT_TRUE(book) << book.error().message;
    return *std::move(book);
  }

 private:
  TempFolder temp_;
  const std::filesystem::path folder_ = temp_.path();
};

TEST_F(UidBooks, GiveEachTenantOneAndKeepIt) {
  UidBook book = open();
  EXPECT_EQ(book.uid_of("a"), 2000u);
  EXPECT_EQ(book.uid_of("a/b c"), 2001u);
  EXPECT_EQ(book.uid_of("a"), 2000u);
  UidBook again = open();
  EXPECT_EQ(again.uid_of("a/b c"), 2001u);
  EXPECT_EQ(again.uid_of("d"), 2002u);
}

TEST_F(UidBooks, SayWhenTheRangeIsUsedUp) {
  UidBook book = open({2000, 2000});
  EXPECT_TRUE(book.uid_of("a"));
  const auto none = book.uid_of("b");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "all uids from 2000 to 2000 are given; make `each_tenant` longer");
}

TEST_F(UidBooks, PassOverALineThatWasCutOff) {
  std::ofstream(path()) << "2000 a\n2001 lo";
  UidBook book = open();
  EXPECT_EQ(book.uid_of("b"), 2001u);
  EXPECT_EQ(open().uid_of("b"), 2001u);
}

TEST_F(UidBooks, RefuseWhatIsNoBook) {
  std::ofstream(path()) << "root a\n";
  const auto book = UidBook::open(path(), {2000, 2001});
  ASSERT_FALSE(book);
  EXPECT_EQ(book.error().message, path().string() + ": `root a` is no uid and a tenant");
}

}  // namespace
}  // namespace dure::launcher
