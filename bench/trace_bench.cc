// Reading a packed log of 295,540 jobs into rows.
#include <benchmark/benchmark.h>

#include <string>

#include "dure/simulate/data_path.h"
#include "dure/simulate/trace/trace.h"

namespace {

using namespace dure;
using namespace dure::simulate;

void read_curie(benchmark::State& bench) {
  const auto data = find_data(".");
  const std::string path = data ? (*data / "swf" / "CEA-curie.input.swf.xz").string() : "";
  std::size_t rows = 0;
  for (auto _ : bench) {
    const auto trace = read_trace({.format = TraceFormat::swf, .path = path});
    if (!trace) return bench.SkipWithError("no data");
    rows += trace->rows.size();
  }
  bench.SetItemsProcessed(static_cast<std::int64_t>(rows));
  bench.SetLabel("rows/s");
}
BENCHMARK(read_curie)->UseRealTime()->Iterations(1)->Repetitions(5);

}  // namespace
