#include "dure/simulate/outputs.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "dure/base/test_folder.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::Test {
 protected:
  void put(const char* name, const char* text) const { std::ofstream(folder_ / name) << text; }
  std::string content(const char* name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {})); }

  TempFolder temp_;
  const fs::path folder_ = temp_.path();
};

TEST_F(Folder, NothingIsThereUntilCommitted) {
  auto outputs = Outputs::in(folder_ / "deep" / "er");
  ASSERT_TRUE(outputs);
  ASSERT_TRUE(outputs->write("a.txt", "hello"));
  EXPECT_FALSE(fs::exists(folder_ / "deep/er/a.txt"));
  ASSERT_TRUE(outputs->commit());
  std::ifstream file(folder_ / "deep/er/a.txt");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "hello");
}

TEST_F(Folder, WhatIsNotCommittedIsRemoved) {
  {
    auto outputs = Outputs::in(folder_);
    ASSERT_TRUE(outputs->write("a.txt", "hello"));
    EXPECT_EQ(files(), 1u);
  }
  EXPECT_EQ(files(), 0u);
}

TEST_F(Folder, ReplacesWhatWasThere) {
  for (const char* text : {"old", "new"}) {
    auto outputs = Outputs::in(folder_);
    ASSERT_TRUE(outputs->write("a.txt", text));
    ASSERT_TRUE(outputs->commit());
  }
  EXPECT_EQ(files(), 1u);
}

TEST_F(Folder, ACommitThatFailsLeavesNothingUnfinished) {
  fs::create_directories(folder_ / "a.txt" / "in the way");
  {
    auto outputs = Outputs::in(folder_);
    ASSERT_TRUE(outputs->write("a.txt", "1"));
    ASSERT_TRUE(outputs->write("b.txt", "2"));
    const auto committed = outputs->commit();
    ASSERT_FALSE(committed);
    EXPECT_NE(committed.error().message.find("a.txt"), std::string::npos);
  }
  EXPECT_EQ(files(), 1u);
}

TEST_F(Folder, AFolderInTheWayLeavesTheOtherFilesAsTheyWere) {
  put("a.txt", "old");
  fs::create_directories(folder_ / "b.txt");
  {
    auto outputs = Outputs::in(folder_);
    ASSERT_TRUE(outputs->write("a.txt", "new"));
    ASSERT_TRUE(outputs->write("b.txt", "new"));
    const auto committed = outputs->commit();
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().message,
              (folder_ / "b.txt").string() + ": found a folder where the file goes; move it away, or write elsewhere");
  }
  EXPECT_EQ(content("a.txt"), "old");
  EXPECT_EQ(files(), 2u);
}

TEST_F(Folder, ACommitThatFailsHalfwayPutsBackWhatWasThere) {
  put("a.txt", "old");
  {
    auto outputs = Outputs::in(folder_);
    ASSERT_TRUE(outputs->write("a.txt", "new"));
    ASSERT_TRUE(outputs->write("b.txt", "new"));
    outputs->unfinished("c.txt");  // which nobody writes
    const auto committed = outputs->commit();
    ASSERT_FALSE(committed);
    EXPECT_NE(committed.error().message.find("c.txt: cannot be put into place"), std::string::npos);
  }
  EXPECT_EQ(content("a.txt"), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(Folder, IsRemovedAgainIfItWasMadeForNothingWithThoseAboveIt) {
  for (const char* name : {"made", "made/twice/", "made//thrice/."}) {
    auto outputs = Outputs::in(folder_ / name);
    ASSERT_TRUE(outputs);
    ASSERT_TRUE(outputs->write("a.txt", "hello"));
    EXPECT_EQ(files(), 1u);
    {
      const Outputs last = std::move(*outputs);
    }
    EXPECT_EQ(files(), 0u) << name;
  }
}

TEST_F(Folder, WhatIsJoinedIsCommittedTogetherOrNotAtAll) {
  for (const bool fails : {true, false}) {
    auto outputs = Outputs::in(folder_);
    auto below = outputs->below("x/y");
    ASSERT_TRUE(below);
    ASSERT_TRUE(below->write("a.txt", "1"));
    ASSERT_TRUE(outputs->write("b.txt", "2"));
    outputs->join(std::move(*below));
    if (fails) outputs->unfinished("c.txt");  // which nobody writes
    EXPECT_EQ(outputs->commit().has_value(), !fails);
    {
      const Outputs last = std::move(*outputs);
    }
    EXPECT_EQ(files(), fails ? 0u : 2u);
  }
  EXPECT_EQ(content("x/y/a.txt"), "1");
}

TEST_F(Folder, AFolderThatCannotBeMadeIsNamed) {
  std::ofstream(folder_ / "file") << "x";
  const auto outputs = Outputs::in(folder_ / "file" / "below");
  ASSERT_FALSE(outputs);
  EXPECT_NE(outputs.error().message.find("below"), std::string::npos);
}

}  // namespace
}  // namespace dure::simulate
