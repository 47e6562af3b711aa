#include "dure/simulate/sweep.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <thread>

#include "dure/simulate/outputs.h"

namespace dure::simulate {
namespace {

std::string sweep_json(const std::vector<RunResult>& results) {
  std::string text = "[";
  for (const RunResult& result : results) text += (text.size() > 1 ? ",\n" : "\n") + to_json(result.summary);
  return text + "\n]\n";
}

}  // namespace

Result<std::vector<RunResult>> run_sweep(const std::vector<SweepRun>& runs, const RunOptions& options,
                                         unsigned threads) {
  std::vector<std::optional<Result<RunResult>>> slots(runs.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < runs.size(); i = next++) {
      RunOptions own{.verify = options.verify, .command = options.command};
      if (options.out) own.out = *options.out / runs[i].folder;
      // Nothing of ours throws, but memory may run out; a thread must not end by that.
      try {
        slots[i] = run_scenario(runs[i].scenario, own);
      } catch (const std::exception& error) {
        slots[i] = fail(Code::failed, runs[i].folder + ": " + error.what());
      }
    }
  };
  {
    std::vector<std::jthread> workers;
    for (unsigned t = 1; t < std::min<std::size_t>(threads, runs.size()); ++t) workers.emplace_back(work);
    work();
  }
  std::vector<RunResult> results;
  for (auto& slot : slots) {
    if (!*slot) return tl::unexpected<Error>(std::move(slot->error()));
    results.push_back(std::move(**slot));
  }
  if (options.out) {
    auto outputs = Outputs::in(*options.out);
    if (!outputs) return tl::unexpected<Error>(outputs.error());
    const auto written = outputs->write("sweep.json", sweep_json(results)).and_then([&] { return outputs->commit(); });
    if (!written) return tl::unexpected<Error>(written.error());
  }
  return results;
}

}  // namespace dure::simulate
