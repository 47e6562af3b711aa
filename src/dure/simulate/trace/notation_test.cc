#include "dure/simulate/trace/notation.h"

#include <gtest/gtest.h>

namespace dure::simulate {
namespace {

TEST(Notation, ReadsWholeNumbersAlone) {
  EXPECT_EQ(read_whole("0"), 0);
  EXPECT_EQ(read_whole("007"), 7);
  EXPECT_EQ(read_whole("9223372036854775807"), 9223372036854775807);
  EXPECT_EQ(read_whole("10", 10), 10);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "nan", "inf", "9223372036854775808"}) {
    EXPECT_FALSE(read_whole(text)) << text;
  }
  EXPECT_FALSE(read_whole("11", 10));
}

TEST(Notation, ReadsSecondsExactly) {
  struct Row {
    const char* text;
    std::int64_t ns;
  };
  for (const Row& row : {Row{"0", 0}, Row{"3600", 3'600'000'000'000}, Row{"2240194.0", 2'240'194'000'000'000},
                         Row{".5", 500'000'000}, Row{"1.", 1'000'000'000}, Row{"0.000000001", 1},
                         Row{"0.1", 100'000'000}, Row{"0.0000000019", 1}, Row{"3155760000", longest_duration.ns}}) {
    EXPECT_EQ(read_seconds(row.text), Duration{row.ns}) << row.text;
  }
  for (const char* text :
       {"", ".", "-1", "1,5", "1.5.", "1e3", "NaN", "inf", "3155760000.000000001", "99999999999999999999"}) {
    EXPECT_FALSE(read_seconds(text)) << text;
  }
}

TEST(Notation, ReadsSlurmClocks) {
  EXPECT_EQ(read_clock("00:00:00"), Duration{});
  EXPECT_EQ(read_clock("01:02:03"), hours(1) + minutes(2) + seconds(3));
  EXPECT_EQ(read_clock("2-03:04:05"), days(2) + hours(3) + minutes(4) + seconds(5));
  EXPECT_EQ(read_clock("365-00:00:00"), days(365));
  EXPECT_EQ(read_clock("02:03"), minutes(2) + seconds(3));
  EXPECT_EQ(read_clock("02:03.250"), minutes(2) + seconds(3) + Duration{250'000'000});
  EXPECT_EQ(read_clock("100:00:00"), hours(100));
  EXPECT_EQ(read_clock("36524-23:59:59"), longest_duration - seconds(1));
  for (const char* text :
       {"", "5", "1-02", "1-02:03", "1:2:3:4", "00:60:00", "00:00:60", "1-24:00:00", "36525-00:00:00", "-1:00:00",
        "1-2-03:04:05", "01:02:03.", "a:b:c", "01::03", "800001:00:00"}) {
    EXPECT_FALSE(read_clock(text)) << text;
  }
}

TEST(Notation, ReadsDatesAsUtcUnlessTheyNameAZone) {
  const Time noon = *parse_time("2017-09-04T12:00:00Z");
  EXPECT_EQ(read_date("2017-09-04 12:00:00"), noon);
  EXPECT_EQ(read_date("2017-09-04T12:00:00"), noon);
  EXPECT_EQ(read_date("2017-09-04T12:00"), noon);
  EXPECT_EQ(read_date("2017-09-04T12:00:00Z"), noon);
  EXPECT_EQ(read_date("2017-09-04T21:00:00+09:00"), noon);
  EXPECT_EQ(read_date("2017-09-04T12:00:00.125"), noon + Duration{125'000'000});
  EXPECT_EQ(read_date("2017-09-04T21:00:00.125+09:00"), noon + Duration{125'000'000});
  EXPECT_EQ(read_date("1970-01-01T00:00:00"), Time{});
  EXPECT_EQ(to_text(*read_date("2099-12-31T23:59:59")), "2099-12-31T23:59:59Z");
  for (const char* text :
       {"", "2017-09-04", "1969-12-31T23:59:59", "1970-01-01T00:00:00+09:00", "2100-01-01T00:00:00",
        "2017-02-29T00:00:00", "2017-09-04T24:00:00", "2017-09-04T12:00:00.", "2017-09-04T12:00:00.5x",
        "2017-09-04T12:00:00ZZ", "2017-09-04T12:00:00.00000000000000000000000000000000Z", "Unknown"}) {
    EXPECT_FALSE(read_date(text)) << text;
  }
}

TEST(Notation, ReadsGpusInThousandths) {
  EXPECT_EQ(read_gpus_milli("0"), 0);
  EXPECT_EQ(read_gpus_milli("0.5"), 500);
  EXPECT_EQ(read_gpus_milli("1.0"), 1'000);
  EXPECT_EQ(read_gpus_milli("8"), 8'000);
  EXPECT_EQ(read_gpus_milli("1000000000"), 1'000'000'000'000);
  for (const char* text : {"", "1.5", "-1", "1000000001", "nan"}) EXPECT_FALSE(read_gpus_milli(text)) << text;
}

TEST(Notation, ReadsMemoryRoundedUpToMiB) {
  struct Row {
    const char* text;
    std::int64_t mib;
  };
  for (const Row& row : {Row{"0", 0}, Row{"512", 512}, Row{"1K", 1}, Row{"1025k", 2}, Row{"2048M", 2'048},
                         Row{"1.5G", 1'536}, Row{"16GiB", 16'384}, Row{"16GB", 16'384}, Row{"2Ti", 2'097'152},
                         Row{"0.1M", 1}, Row{"1048576T", memory_mib_max}}) {
    EXPECT_EQ(read_memory_mib(row.text), row.mib) << row.text;
  }
  for (const char* text :
       {"", "G", "-1G", "1 G", "1Q", "1GG", "1.5.5G", "1048577T", "99999999999999999999", "9999999999999P", "1e3G"}) {
    EXPECT_FALSE(read_memory_mib(text)) << text;
  }
}

}  // namespace
}  // namespace dure::simulate
