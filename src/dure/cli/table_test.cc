#include "dure/cli/table.h"

#include <gtest/gtest.h>

#include <string>

#include "dure/cli/text_width.h"

namespace dure::cli {
namespace {

Table jobs() {
  Table table({{.title = "JOB"},
               {.title = "NAME", .gives_way = 1},
               {.title = "TIME", .align = Align::right},
               {.title = "NOTE", .gives_way = 2}});
  table.add({"12", "pretrain-large", "2h03m", "naver/h200"});
  table.add({"10_2", "서울-학습", "5s", ""});
  return table;
}

TEST(Table, AlignsColumnsByWhatTheyTakeOnTheScreen) {
  EXPECT_EQ(jobs().draw(Console()),
            "JOB   NAME             TIME  NOTE\n"
            "12    pretrain-large  2h03m  naver/h200\n"
            "10_2  서울-학습          5s\n");
}

TEST(Table, ShortensTheNameFirst) {
  const Console narrow{.width = 33};
  EXPECT_EQ(jobs().draw(narrow),
            "JOB   NAME       TIME  NOTE\n"
            "12    pretrai…  2h03m  naver/h200\n"
            "10_2  서울-학…     5s\n");
}

TEST(Table, FitsWhateverTheWidthLeavesRoomFor) {
  for (std::size_t width = 22; width < 60; ++width) {
    const std::string text = jobs().draw(Console{.width = width});
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      EXPECT_LE(text_width(text.substr(begin, end - begin)), width) << text;
      begin = end + 1;
    }
  }
}

TEST(Table, LeavesOutColumnsBeforeTheOthersCannotBeRead) {
  Table table({{.title = "NAME", .gives_way = 1},
               {.title = "TENANT", .gives_way = 2, .leaves = 2},
               {.title = "USER", .leaves = 1},
               {.title = "STATE"}});
  table.add({"pretrain-large", "naver/llm", "kim", "running"});
  EXPECT_EQ(table.draw(Console{.width = 38}),
            "NAME          TENANT     USER  STATE\npretrain-la…  naver/llm  kim   running\n");
  EXPECT_EQ(table.draw(Console{.width = 34}), "NAME            TENANT     STATE\npretrain-large  naver/llm  running\n");
  EXPECT_EQ(table.draw(Console{.width = 31}), "NAME            STATE\npretrain-large  running\n");
  EXPECT_EQ(table.draw(Console{.width = 16}), "NAME     STATE\npretra…  running\n");
}

TEST(Table, LeavesOutColumnsWithoutAnything) {
  Table table({{.title = "JOB"}, {.title = "REASON"}, {.title = "STATE"}});
  table.add({"1", "", "running"});
  EXPECT_EQ(table.draw(Console()), "JOB  STATE\n1    running\n");
}

TEST(Table, PaintsOnlyWithColours) {
  Table table({{.title = "STATE"}});
  table.add({Cell("failed", Colour::red)});
  EXPECT_EQ(table.draw(Console()), "STATE\nfailed\n");
  EXPECT_EQ(table.draw(Console{.has_colours = true}), "\x1b[2mSTATE\x1b[0m\n\x1b[31mfailed\x1b[0m\n");
}

TEST(Table, LetsNoNameMoveTheCursor) {
  Table table({{.title = "NAME"}});
  table.add({"a\x1b[2Jb\nc\xff"});
  EXPECT_EQ(table.draw(Console()), "NAME\na?[2Jb c?\n");
}

TEST(TextWidth, CountsColumns) {
  EXPECT_EQ(text_width("abc"), 3U);
  EXPECT_EQ(text_width("서울"), 4U);
  EXPECT_EQ(text_width("e\u0301"), 1U);
  EXPECT_EQ(shortened("서울대학교", 7), "서울대…");
  EXPECT_EQ(shortened("서울대학교", 6), "서울…");
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 1), "…");
  EXPECT_EQ(shortened("abcd", 0), "");
}

}  // namespace
}  // namespace dure::cli
