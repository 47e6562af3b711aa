// The real traces, where they are present.
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>

#include "dure/simulate/trace/test_data.h"
#include "dure/simulate/trace/trace.h"

namespace dure::simulate {
namespace {

struct Log {
  TraceFormat format;
  const char* file;
  std::size_t rows;
  std::int64_t machine_processors;
};

void PrintTo(const Log& log, std::ostream* out) { *out << log.file; }

class RealTrace : public testing::TestWithParam<Log> {};

TEST_P(RealTrace, HasEveryRow) {
  const auto data = test_data();
  if (!data) GTEST_SKIP() << "skipped: no data";
  const Log& log = GetParam();
  const auto trace = read_trace({.format = log.format, .path = (*data / log.file).string()});
  ASSERT_TRUE(trace) << trace.error().message;
  EXPECT_EQ(trace->rows.size(), log.rows);
  EXPECT_TRUE(trace->rejected.empty());
  EXPECT_EQ(trace->machine_processors.value_or(0), log.machine_processors);
  EXPECT_EQ(trace->dated, log.format == TraceFormat::philly);
}

// The counts of itp and philly differ by one a file from what `wc -l` suggests: no line end after the last row,
// an empty line after the header.
INSTANTIATE_TEST_SUITE_P(All, RealTrace,
                         testing::Values(Log{TraceFormat::swf, "swf/KTH-SP2.input.swf.xz", 28'481, 100},
                                         Log{TraceFormat::swf, "swf/CTC-SP2.input.swf.xz", 77'199, 338},
                                         Log{TraceFormat::swf, "swf/SDSC-SP2.input.swf.xz", 54'006, 128},
                                         Log{TraceFormat::swf, "swf/SDSC-BLUE.input.swf.xz", 232'542, 1'152},
                                         Log{TraceFormat::swf, "swf/CEA-curie.input.swf.xz", 295'540, 80'640},
                                         Log{TraceFormat::swf, "swf/published/SDSC-SP2.easy-reqtime.swf.xz", 54'006,
                                             128},
                                         Log{TraceFormat::itp, "itp/cluster02.csv.xz", 5'778, 0},
                                         Log{TraceFormat::itp, "itp/cluster05.csv.xz", 3'629, 0},
                                         Log{TraceFormat::itp, "itp/cluster06.csv.xz", 2'396, 0},
                                         Log{TraceFormat::itp, "itp/cluster08.csv.xz", 13'047, 0},
                                         Log{TraceFormat::philly, "philly/philly-sep-oct.csv.xz", 52'849, 0}));

}  // namespace
}  // namespace dure::simulate
