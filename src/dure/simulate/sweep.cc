#include "dure/simulate/sweep.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace dure::simulate {
namespace {

std::string sweep_json(const std::vector<RunResult>& results) {
  std::string text = "[";
  for (const RunResult& result : results) text += (text.size() > 1 ? ",\n" : "\n") + to_json(result.summary);
  return text + "\n]\n";
}

// The outputs of the sweep itself and those of its runs. None of either if there are to be none.
struct SweepOutputs {
  std::optional<Outputs> whole;
  std::vector<Outputs> runs;
};

Result<SweepOutputs> make_outputs(const std::vector<SweepRun>& runs, const SweepOptions& options) {
  SweepOutputs outputs;
  if (!options.out) return outputs;
  auto whole = Outputs::in(*options.out);
  if (!whole) return tl::unexpected<Error>(std::move(whole.error()));
  outputs.whole.emplace(std::move(*whole));
  outputs.runs.reserve(runs.size());
  for (const SweepRun& run : runs) {
    auto own = outputs.whole->below(run.folder);
    if (!own) return tl::unexpected<Error>(std::move(own.error()));
    outputs.runs.push_back(std::move(*own));
  }
  return outputs;
}

// Nothing of ours throws, but memory may run out; a thread must not end by that.
Result<RunResult> run_one(const SweepRun& run, const RunOptions& options, Outputs* outputs) {
  try {
    return run_scenario(run.scenario, options, outputs);
  } catch (const std::exception& error) {
    return fail(Code::failed, run.folder + ": " + error.what());
  }
}

using Slots = std::vector<std::optional<Result<RunResult>>>;

// Fills one slot for each run up to the first that failed, at least.
Slots run_all(const std::vector<SweepRun>& runs, const RunOptions& each, const SweepOptions& options,
              std::vector<Outputs>& outputs) {
  Slots slots(runs.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> any_failed = false;
  std::mutex telling;
  std::size_t done = 0;  // guarded by `telling`
  const auto work = [&] {
    // What was taken is run, so that what comes before a failure is known.
    while (!any_failed) {
      const std::size_t i = next++;
      if (i >= runs.size()) return;
      slots[i] = run_one(runs[i], each, outputs.empty() ? nullptr : &outputs[i]);
      if (!*slots[i]) any_failed = true;
      const std::lock_guard lock(telling);
      if (options.on_done) options.on_done(++done);
    }
  };
  {
    std::vector<std::jthread> workers;
    for (std::size_t t = 1; t < std::min<std::size_t>(options.threads, runs.size()); ++t) workers.emplace_back(work);
    work();
  }
  return slots;
}

}  // namespace

Result<std::vector<RunResult>> run_sweep(const std::vector<SweepRun>& runs, const RunOptions& each,
                                         const SweepOptions& options) {
  auto outputs = make_outputs(runs, options);
  if (!outputs) return tl::unexpected<Error>(std::move(outputs.error()));
  std::vector<RunResult> results;
  for (auto& slot : run_all(runs, each, options, outputs->runs)) {
    if (!*slot) return tl::unexpected<Error>(std::move(slot->error()));
    results.push_back(std::move(**slot));
  }
  if (!outputs->whole) return results;
  for (Outputs& own : outputs->runs) outputs->whole->join(std::move(own));
  return outputs->whole->write("sweep.json", sweep_json(results))
      .and_then([&] { return outputs->whole->commit(); })
      .map([&] { return std::move(results); });
}

}  // namespace dure::simulate
