// main() of every benchmark: one JSON line for each, over its repetitions.
//
//   {"name":"place_gang","parameters":{"nodes":64},"median":..,"min":..,"max":..,"unit":"us","repetitions":5,...}
//
// A benchmark says its unit by SetLabel: `jobs/s` and the like for its items, `MiB` and the like for what its counter
// `value` holds, `s` or `us` for the time of an iteration; without one it is `us`. The machine and the commit are what
// $DURE_MACHINE says, members of a JSON object, which bench/run sets (results.py makes them).
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

bool is_number(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// `nodes:64/log:KTH-SP2` -> `"nodes":64,"log":"KTH-SP2"`.
std::string parameters(std::string_view parts) {
  std::string text;
  while (!parts.empty()) {
    const std::string_view part = parts.substr(0, parts.find('/'));
    parts.remove_prefix(std::min(part.size() + 1, parts.size()));
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view value = part.substr(colon + 1);
    const char* quote = is_number(value) ? "" : "\"";
    text += fmt::format("{}\"{}\":{}{}{}", text.empty() ? "" : ",", part.substr(0, colon), quote, value, quote);
  }
  return text;
}

class JsonLines final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }

  // All repetitions of one benchmark.
  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<double> values;
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      if (run.error_occurred) return print(run, fmt::format("\"skipped\":\"{}\"", run.error_message));
      const auto rate = run.counters.find("items_per_second");
      const auto value = run.counters.find("value");
      const double scale = run.report_label == "s" ? 1 : 1e6;
      const double time = run.real_accumulated_time / static_cast<double>(run.iterations) * scale;
      values.push_back(rate != run.counters.end()    ? rate->second.value
                       : value != run.counters.end() ? value->second.value
                                                     : time);
    }
    if (values.empty()) return;
    std::sort(values.begin(), values.end());
    print(runs.front(),
          fmt::format("\"median\":{:.6g},\"min\":{:.6g},\"max\":{:.6g},\"unit\":\"{}\",\"repetitions\":{}",
                      values[values.size() / 2], values.front(), values.back(),
                      runs.front().report_label.empty() ? "us" : runs.front().report_label, values.size()));
  }

 private:
  static void print(const Run& run, const std::string& result) {
    const char* machine = std::getenv("DURE_MACHINE");
    const std::string full = run.run_name.function_name + "/" + run.run_name.args;
    const std::size_t name_size = full.find('/');
    fmt::print("{{\"name\":\"{}\",\"parameters\":{{{}}},{},\"compiler\":\"{}\"{}}}\n", full.substr(0, name_size),
               parameters(std::string_view(full).substr(name_size)), result, compiler,
               machine != nullptr ? fmt::format(",{}", machine) : "");
    std::fflush(stdout);
  }

#ifdef __clang__
  static constexpr const char* compiler = "clang " __clang_version__;
#else
  static constexpr const char* compiler = "g++ " __VERSION__;
#endif
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  JsonLines lines;
  benchmark::RunSpecifiedBenchmarks(&lines);
}
