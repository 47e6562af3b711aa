// Any bytes, read as each trace format: a message or rows that keep what trace.h promises, never a crash.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dure/base/assert.h"
#include "dure/simulate/trace/trace.h"
#include "dure/simulate/trace/visible_text.h"

namespace dure::simulate {
namespace {

void check_row(const TraceRow& row) {
  DURE_ASSERT(row.submit >= Time{});
  DURE_ASSERT(row.run_time > Duration{});
  DURE_ASSERT(row.run_time <= longest_duration);
  DURE_ASSERT(!row.time_limit || *row.time_limit > Duration{});
  DURE_ASSERT(!row.time_limit || *row.time_limit <= longest_duration);
  DURE_ASSERT(row.gpus_milli >= 0);
  DURE_ASSERT(row.cpus >= 0);
  DURE_ASSERT(row.gpus_milli + row.cpus > 0);
  DURE_ASSERT(row.memory_mib >= 0);
  for (const auto* text : {&row.id, &row.user, &row.tenant, &row.name}) DURE_ASSERT(is_visible(*text));
}

void check(const Result<Trace>& trace) {
  if (!trace) {
    DURE_ASSERT(trace.error().code == Code::invalid_argument);
    DURE_ASSERT(trace.error().message.starts_with("fuzz"));
    return;
  }
  const auto by_submit = [](const TraceRow& a, const TraceRow& b) { return a.submit < b.submit; };
  DURE_ASSERT(std::is_sorted(trace->rows.begin(), trace->rows.end(), by_submit));
  for (const TraceRow& row : trace->rows) check_row(row);
}

}  // namespace
}  // namespace dure::simulate

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dure::simulate;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const TraceFormat format :
       {TraceFormat::swf, TraceFormat::itp, TraceFormat::philly, TraceFormat::sacct, TraceFormat::csv}) {
    check(read_trace_text({.format = format, .on_error = OnError::stop}, "fuzz", bytes));
    check(read_trace_text({.format = format, .scale_arrivals = 0.7, .on_error = OnError::skip}, "fuzz", bytes));
  }
  return 0;
}
