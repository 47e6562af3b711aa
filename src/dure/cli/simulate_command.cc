#include "dure/cli/simulate_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>

#include "dure/cli/console.h"
#include "dure/cli/progress_line.h"
#include "dure/cli/simulation_text.h"
#include "dure/simulate/scenario_reader.h"
#include "dure/simulate/simulation.h"
#include "dure/simulate/sweep.h"

namespace dure::cli {
namespace {

using simulate::RunResult;
using simulate::Summary;

struct SeedRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `7` or `1..20`.
Result<SeedRange> parse_seeds(std::string_view text) {
  constexpr std::uint64_t most_seeds = 100'000;
  const std::size_t dots = text.find("..");
  const auto first = parse_number(text.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : parse_number(text.substr(dots + 2));
  if (!first || !last || *first > *last || *last - *first >= most_seeds) {
    return fail(Code::invalid_argument,
                fmt::format("--seeds: found '{}'; write a seed or a range such as 1..20", text));
  }
  return SeedRange{*first, *last};
}

void print_rejected(const Summary& summary) {
  for (const auto& [reason, count] : summary.rejected_by_reason)
    fmt::print("                  {:>9} {}\n", count, reason);
}

// Of what has no times.
void print_pack(const simulate::PackSummary& pack) {
  const simulate::Stranded& idle = pack.stranded;
  const auto gpus = [](std::int64_t milli) { return static_cast<double>(milli) / static_cast<double>(whole); };
  fmt::print("  dropped           {:>9}\n", pack.dropped);
  for (const std::size_t x : {100u, 130u}) {
    const double percent = pack.allocated_percent[x];
    // Few pods, or large ones, pass such a point by.
    fmt::print("  allocated         {:>9} when {} % had arrived\n",
               std::isfinite(percent) ? fmt::format("{:.2f}%", percent) : "not known", x);
  }
  fmt::print(
      "  stranded          {:>9.1f} GPUs for want of CPUs, {:.1f} of memory, {:.1f} of a model, {:.1f} fragments\n",
      gpus(idle.no_cpu), gpus(idle.no_memory), gpus(idle.wrong_model), gpus(idle.fragment));
}

void print_times(const Summary& s) {
  fmt::print("  utilisation       {:>8.1f}% over {}, offered load {:.3f}\n", s.utilisation * 100,
             duration_text(s.makespan_s), s.offered_load);
  fmt::print("  wait              {:>9} mean, {} median, {} at 95 %, {} at 99 %\n", duration_text(s.mean_wait_s),
             duration_text(s.p50_wait_s), duration_text(s.p95_wait_s), duration_text(s.p99_wait_s));
  fmt::print("  bounded slowdown  {:>9.4f} mean\n", s.avg_bounded_slowdown);
  fmt::print("  queue             {:>9} jobs at most\n", s.peak_pending);
}

void print_summary(const Summary& s) {
  fmt::print("{} · policy {} · seed {}\n", s.scenario, s.policy, s.seed);
  fmt::print("  jobs              {:>9} in all", s.jobs_total);
  if (!s.pack) fmt::print(", {} completed", s.jobs_completed);
  if (s.jobs_timed_out > 0) fmt::print(", {} ended at their time limit", s.jobs_timed_out);
  if (s.jobs_unfinished > 0) fmt::print(", {} never started", s.jobs_unfinished);
  if (s.jobs_rejected > 0) fmt::print(", {} rejected", s.jobs_rejected);
  fmt::print("\n");
  print_rejected(s);
  if (s.rows_skipped > 0) fmt::print("  skipped           {:>9} malformed rows\n", s.rows_skipped);
  s.pack ? print_pack(*s.pack) : print_times(s);
  if (s.evictions > 0) fmt::print("  evictions         {:>9}\n", s.evictions);
  for (const auto& [cause, times, hours] : s.evictions_by_cause) {
    fmt::print("    for {:<12}  {:>9} of them, {:.1f} GPU-hours at stake\n", cause, times, hours);
  }
  if (s.swaps > 0) fmt::print("  swaps             {:>9} of failed nodes under gangs that went on\n", s.swaps);
  if (s.invariants.checked > 0) {
    fmt::print("  invariants        {:>9} checked, {} violated\n", s.invariants.checked, s.invariants.violated);
  }
  fmt::print("  digest            {}\n", s.digest);
  fmt::print("  speed             {:>9.0f} jobs/s, {:.2f} s in all\n", s.jobs_per_wall_s, s.wall_s);
}

// Violations are an operation that failed; so are jobs that nothing can start any more.
int report(const RunResult& result) {
  for (const std::string& violation : result.violations) fmt::print(stderr, "violated: {}\n", violation);
  const std::uint64_t stuck = result.summary.jobs_unfinished;
  if (stuck > 0)
    fmt::print(stderr, "{} jobs never started: nothing that runs or is down will make room for them\n", stuck);
  return result.summary.invariants.violated > 0 || stuck > 0 ? exit_code(Code::failed) : 0;
}

void hint_at_time_limit(const simulate::Scenario& scenario, const Summary& summary) {
  const auto* trace = std::get_if<simulate::TraceSpec>(&scenario.work);
  // Logs of batch systems state limits of their own.
  const bool has_limits = trace != nullptr && (trace->format == simulate::TraceFormat::swf ||
                                               trace->format == simulate::TraceFormat::sacct);
  if (trace == nullptr || has_limits || summary.jobs_timed_out == 0) return;
  fmt::print(stderr,
             "note: jobs ended at their time limit: {}. Rows without one get {}; to let them run longer, add "
             "--set trace.time_limit=60d\n",
             summary.jobs_timed_out, to_text(trace->time_limit));
}

using Folder = std::optional<std::filesystem::path>;

bool shows_progress() { return isatty(STDERR_FILENO) != 0; }

int run_one(const simulate::Scenario& scenario, const SimulateArguments& arguments, const Folder& out,
            simulate::RunOptions options) {
  ProgressLine progress;
  options.forecast_threads = std::max(1u, std::thread::hardware_concurrency());
  if (shows_progress()) options.progress = [&](const simulate::Progress& now) { progress.show(now); };
  const auto result =
      out ? simulate::run_scenario_into(*out, scenario, options) : simulate::run_scenario(scenario, options);
  progress.clear();
  if (!result) return Console().complain(result.error());
  if (arguments.json) {
    fmt::print("{}", to_json(result->summary));
  } else {
    print_summary(result->summary);
    fmt::print("{}", shares_text(result->summary, Console::of_process()));
    hint_at_time_limit(scenario, result->summary);
    if (out) fmt::print("  report            {}\n", (*out / "report.html").string());
  }
  return report(*result);
}

int run_many(const std::vector<simulate::SweepRun>& runs, const SimulateArguments& arguments, const Folder& out,
             const simulate::RunOptions& each) {
  ProgressLine progress;
  simulate::SweepOptions options{
      .out = out,
      .threads = arguments.threads > 0 ? arguments.threads : std::max(1u, std::thread::hardware_concurrency())};
  if (shows_progress()) options.on_done = [&](std::size_t done) { progress.show_runs(done, runs.size()); };
  const auto results = simulate::run_sweep(runs, each, options);
  progress.clear();
  if (!results) return Console().complain(results.error());
  int code = 0;
  if (arguments.json) fmt::print("[");
  for (std::size_t i = 0; i < results->size(); ++i) {
    if (arguments.json) {
      fmt::print("{}{}", i > 0 ? ",\n" : "", to_json((*results)[i].summary));
    } else {
      print_summary((*results)[i].summary);
    }
    code = std::max(code, report((*results)[i]));
  }
  if (arguments.json) fmt::print("]\n");
  return code;
}

// The scenario under another policy, which keeps what the scenario says of estimates and the like.
Result<simulate::Scenario> read_with_policy(const SimulateArguments& arguments,
                                            const std::optional<std::string>& policy) {
  if (!policy) return simulate::read_scenario(arguments.scenario, arguments.overrides);
  std::vector<std::string> overrides = arguments.overrides;
  // Mistakes in the scenario as it is written are told first.
  if (auto written = simulate::read_scenario(arguments.scenario, overrides); !written) return written;
  overrides.push_back("policy.name=" + *policy);
  auto scenario = simulate::read_scenario(arguments.scenario, overrides);
  if (scenario) return scenario;
  // A policy that is a bare name has no keys; it is replaced.
  overrides.back() = "policy=" + *policy;
  return simulate::read_scenario(arguments.scenario, overrides);
}

// Splits `dure,easy`; the scenario's own policy where there is nothing to split.
Result<std::vector<std::optional<std::string>>> parse_policies(std::string_view text) {
  std::vector<std::optional<std::string>> policies;
  if (text.empty()) return std::vector<std::optional<std::string>>{std::nullopt};
  for (std::string_view rest = text;;) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string name(rest.substr(0, comma));
    if (name.empty()) {
      return fail(Code::invalid_argument,
                  fmt::format("--policies: found an empty name in '{}'; write names such as dure,easy", text));
    }
    if (std::find(policies.begin(), policies.end(), name) != policies.end()) {
      return fail(Code::invalid_argument, fmt::format("--policies: {} is named twice; name it once", name));
    }
    policies.emplace_back(name);
    if (comma == rest.size()) return policies;
    rest.remove_prefix(comma + 1);
  }
}

// Every policy with every seed; the folder names what differs.
Result<std::vector<simulate::SweepRun>> plan_sweep(const SimulateArguments& arguments) {
  const auto policies = parse_policies(arguments.policies);
  if (!policies) return tl::unexpected<Error>(policies.error());
  std::vector<simulate::SweepRun> runs;
  for (const auto& policy : *policies) {
    auto scenario = read_with_policy(arguments, policy);
    if (!scenario) return tl::unexpected<Error>(std::move(scenario.error()));
    SeedRange seeds{scenario->seed, scenario->seed};
    if (!arguments.seeds.empty()) {
      const auto parsed = parse_seeds(arguments.seeds);
      if (!parsed) return tl::unexpected<Error>(parsed.error());
      seeds = *parsed;
    }
    for (std::uint64_t n = 0; n <= seeds.last - seeds.first; ++n) {
      const std::uint64_t seed = seeds.first + n;
      simulate::SweepRun run{.scenario = *scenario};
      run.scenario.seed = seed;
      if (policy) run.folder = *policy;
      if (!arguments.seeds.empty()) run.folder += (run.folder.empty() ? "" : "/") + std::to_string(seed);
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

}  // namespace

int simulate(const SimulateArguments& arguments) {
  auto runs = plan_sweep(arguments);
  if (!runs) return Console().complain(runs.error());
  const simulate::RunOptions options{.verify = arguments.verify, .command = arguments.command};
  const Folder out = arguments.out.empty() ? Folder() : Folder(arguments.out);
  const bool is_sweep = !arguments.seeds.empty() || !arguments.policies.empty();
  return is_sweep ? run_many(*runs, arguments, out, options) : run_one(runs->front().scenario, arguments, out, options);
}

}  // namespace dure::cli
