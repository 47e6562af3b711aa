#include "dure/simulate/trace/table.h"

#include <gtest/gtest.h>

#include <string>

namespace dure::simulate {
namespace {

// Returns the fields of `record` in a table of as many columns as `header` has, or what is wrong.
std::string fields(std::string_view header, std::string_view record, Quotes quotes = Quotes::rfc_4180) {
  Table table(',', quotes);
  EXPECT_EQ(table.begin(header), "");
  if (std::string problem = table.split(record); !problem.empty()) return problem;
  std::string all;
  for (const char* name : {"a", "b", "c"}) {
    if (const Column column = table.find(name)) all += "<" + std::string(table.cell(column).text) + ">";
  }
  return all;
}

TEST(Table, SplitsAtTheDelimiter) {
  EXPECT_EQ(fields("a,b,c", "1,2,3"), "<1><2><3>");
  EXPECT_EQ(fields("a,b,c", ",,"), "<><><>");
  EXPECT_EQ(fields("a,b,c", " 1 ,\t2,3 "), "<1><2><3>");
  EXPECT_EQ(fields("c,b,a", "1,2,3"), "<3><2><1>");
}

TEST(Table, UnquotesAsInRfc4180) {
  EXPECT_EQ(fields("a,b,c", "\"1,5\",\"say \"\"hi\"\"\",3"), "<1,5><say \"hi\"><3>");
  EXPECT_EQ(fields("a,b", "\"\",\"\"\"\""), "<><\">");
  EXPECT_EQ(fields("a,b", "\"x\ny\",2"), "<x\ny><2>");
  EXPECT_EQ(fields("a,b", "5\" disk,2"), "<5\" disk><2>");
  EXPECT_EQ(fields("a,b", "\"x\",2", Quotes::none), "<\"x\"><2>");
}

TEST(Table, SaysWhatIsWrongWithARow) {
  EXPECT_EQ(fields("a,b,c", "1,2"), "the row has 2 columns; the header has 3");
  EXPECT_EQ(fields("a,b", "1"), "the row has 1 column; the header has 2");
  EXPECT_EQ(fields("a,b", "1,\"2"), "column 2 opens a quote and does not close it; write a quote within it twice");
  EXPECT_EQ(fields("a,b", "\"1\"x,2"), "column 1 goes on after its closing quote; write a quote within it twice");
}

TEST(Table, FindsColumnsInOtherCaseAndWithAUnit) {
  Table table(',', Quotes::none);
  ASSERT_EQ(table.begin("JobID,duration[s],mem,Mem"), "");
  EXPECT_EQ(table.find("jobid").index, 0u);
  EXPECT_EQ(table.find("duration").index, 1u);
  EXPECT_EQ(table.find("duration[s]").index, 1u);
  EXPECT_FALSE(table.find("mem")) << "it is there twice";
  EXPECT_FALSE(table.find("job"));
}

}  // namespace
}  // namespace dure::simulate
