#include "dure/server/server_word.h"

#include <gtest/gtest.h>

#include <fstream>

#include "dure/base/test_folder.h"

namespace dure::server {
namespace {

TEST(ServerWord, IsMadeOnceAndKept) {
  const TempFolder data;
  const TempFolder other;
  const auto word = word_of_server(data.path());
  ASSERT_TRUE(word);
  EXPECT_EQ(word->size(), 12u);
  EXPECT_EQ(word->find_first_of(": ./\n"), std::string::npos);
  EXPECT_EQ(word_of_server(data.path()), *word);
  EXPECT_NE(word_of_server(other.path()), *word);
  EXPECT_FALSE(word_of_server(data.path() / "nowhere"));
}

}  // namespace
}  // namespace dure::server
