// The real traces, where they are present.
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>

#include "dure/simulate/trace/test_data.h"
#include "dure/simulate/trace/trace.h"

namespace dure::simulate {
namespace {

struct RealLog {
  TraceFormat format;
  const char* file;
  std::size_t rows;
  std::int64_t machine_processors;
};

void PrintTo(const RealLog& log, std::ostream* out) { *out << log.file; }

class RealTrace : public testing::TestWithParam<RealLog> {};

TEST_P(RealTrace, HasEveryRow) {
  const auto data = test_data();
  if (!data) GTEST_SKIP() << "skipped: no data";
  const RealLog& log = GetParam();
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
                         testing::Values(RealLog{TraceFormat::swf, "swf/KTH-SP2.input.swf.xz", 28'481, 100},
                                         RealLog{TraceFormat::swf, "swf/CTC-SP2.input.swf.xz", 77'199, 338},
                                         RealLog{TraceFormat::swf, "swf/SDSC-SP2.input.swf.xz", 54'006, 128},
                                         RealLog{TraceFormat::swf, "swf/SDSC-BLUE.input.swf.xz", 232'542, 1'152},
                                         RealLog{TraceFormat::swf, "swf/CEA-curie.input.swf.xz", 295'540, 80'640},
                                         RealLog{TraceFormat::swf, "swf/published/SDSC-SP2.easy-reqtime.swf.xz", 54'006,
                                                 128},
                                         RealLog{TraceFormat::itp, "itp/cluster02.csv.xz", 5'778, 0},
                                         RealLog{TraceFormat::itp, "itp/cluster05.csv.xz", 3'629, 0},
                                         RealLog{TraceFormat::itp, "itp/cluster06.csv.xz", 2'396, 0},
                                         RealLog{TraceFormat::itp, "itp/cluster08.csv.xz", 13'047, 0},
                                         RealLog{TraceFormat::philly, "philly/philly-sep-oct.csv.xz", 52'849, 0}));

}  // namespace
}  // namespace dure::simulate
