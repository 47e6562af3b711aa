#include "dure/simulate/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "dure/base/hash.h"
#include "dure/runtime/loop.h"
#include "dure/simulate/demand.h"
#include "dure/simulate/evictions_csv.h"
#include "dure/simulate/forecast_scores.h"
#include "dure/simulate/jobs_csv.h"
#include "dure/simulate/pack_recorder.h"
#include "dure/simulate/pack_source.h"
#include "dure/simulate/policies.h"
#include "dure/simulate/recorder.h"
#include "dure/simulate/report.h"
#include "dure/simulate/source_ahead.h"
#include "dure/simulate/trace_source.h"
#include "dure/simulate/verifier.h"

namespace dure::simulate {
namespace {

using WallClock = std::chrono::steady_clock;

// Everything that must be known before the first turn.
struct Setup {
  TenantsSpec tenants;
  std::vector<std::string> users;
  std::unique_ptr<JobSource> source;
  std::map<std::string, std::uint64_t> rejected;
  std::uint64_t rows_skipped = 0;
  bool dated = true;
  Time start;
  std::unique_ptr<const PackTrace> pack;  // null unless pods are packed
};

Result<Setup> set_up_trace(const Scenario& scenario, const TraceSpec& spec) {
  auto trace = read_trace(spec);
  if (!trace) return tl::unexpected<Error>(std::move(trace.error()));
  Setup setup{.tenants = scenario.tenants ? *scenario.tenants : tenants_of(*trace)};
  setup.rows_skipped = trace->skipped;
  setup.dated = trace->dated;
  if (!trace->rows.empty()) setup.start = trace->rows.front().submit;
  const Fleet fleet(scenario.fleet);
  const Tenants tenants(setup.tenants, fleet.pool_paths());
  auto source = std::make_unique<TraceSource>(std::move(*trace), fleet, tenants, spec.time_limit, spec.partitions);
  setup.users = source->users();
  setup.rejected = source->rejected();
  setup.source = std::move(source);
  return setup;
}

Setup set_up_demand(const Scenario& scenario, const DemandSpec& spec) {
  const Fleet fleet(scenario.fleet);
  Setup setup{.tenants = *scenario.tenants};
  std::vector<TenantsFrom> trees{{Duration{}, Tenants(setup.tenants, fleet.pool_paths())}};
  for (const TenantsThen& then : scenario.then) trees.push_back({then.at, Tenants(then.tenants, fleet.pool_paths())});
  setup.users = paths_of(trees);
  setup.source = std::make_unique<SourceAhead>(std::make_unique<DemandSource>(spec, fleet, trees, scenario.seed));
  setup.start = spec.start;
  return setup;
}

Result<Setup> set_up_pack(const Scenario& scenario, const PackSpec& spec) {
  auto trace = read_pack_trace(spec, Fleet(scenario.fleet), scenario.seed);
  if (!trace) return tl::unexpected<Error>(std::move(trace.error()));
  Setup setup{.tenants = *scenario.tenants, .users = {"pods"}, .dated = false};
  setup.pack = std::make_unique<const PackTrace>(std::move(*trace));
  setup.source = std::make_unique<PackSource>(*setup.pack);
  return setup;
}

Result<Setup> set_up_work(const Scenario& scenario) {
  if (const auto* trace = std::get_if<TraceSpec>(&scenario.work)) return set_up_trace(scenario, *trace);
  if (const auto* pack = std::get_if<PackSpec>(&scenario.work)) return set_up_pack(scenario, *pack);
  return set_up_demand(scenario, std::get<DemandSpec>(scenario.work));
}

Result<Setup> set_up(const Scenario& scenario) {
  auto setup = set_up_work(scenario);
  if (setup) {
    setup->tenants.half_life = scenario.policy.half_life;
    setup->tenants.fairness = scenario.policy.fairness;
  }
  return setup;
}

// But for faults, and for what stays.
WorldOptions world_options(const Scenario& scenario) {
  return {.faults = {},
          .report_exceeded_estimates = scenario.policy.estimates == Estimates::last_2,
          .swaps = scenario.policy.name == "dure",
          .seed = scenario.seed};
}

WorldOptions world_options(const Scenario& scenario, const Setup& setup) {
  WorldOptions options = world_options(scenario);
  options.faults = scenario.faults;
  options.jobs_stay = setup.pack != nullptr;
  return options;
}

// A tree and when it is declared.
struct LaterTenants {
  Time at;
  TenantsSpec tenants;
};

std::vector<LaterTenants> later_tenants(const Scenario& scenario, const Setup& setup) {
  std::vector<LaterTenants> later;
  for (const TenantsThen& then : scenario.then) {
    later.push_back({setup.start + then.at, then.tenants});
    later.back().tenants.half_life = setup.tenants.half_life;
    later.back().tenants.fairness = setup.tenants.fairness;
  }
  return later;
}

// One pass over the scenario.
class Simulation {
 public:
  Simulation(const Scenario& scenario, Setup& setup)
      : name_(scenario.path.empty() ? scenario.name : scenario.path),
        windows_(scenario.windows),
        ledger_(scenario.ledger),
        takes_back_(scenario.takes_back),
        then_(later_tenants(scenario, setup)),
        world_(*setup.source, state_, world_options(scenario, setup)),
        policy_(make_policy(scenario.policy, world_, setup.pack.get())),
        loop_(state_, *policy_, world_, journal_, world_) {
    declare(setup.start, FleetDeclared{scenario.fleet});
    declare(setup.start, TenantsDeclared{setup.tenants});
    for (std::size_t u = 0; u < setup.users.size(); ++u) {
      declare(setup.start, UserDeclared{id_of<UserTag>(u), setup.users[u]});
    }
  }

  // Fails at a window that cannot be, at the end of time, and when it comes to a job that never ends.
  // `before_turn` and `after_turn` may be empty.
  Result<void> run(const std::function<void(Time)>& before_turn, const std::function<void(Time)>& after_turn) {
    if (auto opened = open_windows(); !opened) return opened;
    if (auto told = tell_ledger(); !told) return told;
    std::optional<Time> wakeup;
    while (!world_.is_over()) {
      std::optional<Time> next = world_.next_time();
      if (wakeup && (!next || *wakeup < *next)) next = wakeup;
      if (!next || (!wakeup && has_been_quiet(*next))) break;
      if (changed_ < then_.size() && then_[changed_].at < *next) next = then_[changed_].at;
      if (*next > latest_time) return out_of_time();
      if (before_turn) before_turn(*next);
      if (auto changed = change_tenants(*next); !changed) return changed;
      wakeup = loop_.turn(*next);
      if (world_.hopeless()) return never_ends(*world_.hopeless());
      if (after_turn) after_turn(*next);
    }
    return {};
  }

  State& state() { return state_; }
  const World& world() const { return world_; }
  Loop& loop() { return loop_; }

 private:
  // Whether nothing has run for so long that nodes and devices which failed are back: who waits then waits in vain, as
  // for credits.
  bool has_been_quiet(Time now) {
    if (!world_.is_quiet()) quiet_since_.reset();
    if (world_.is_quiet() && !quiet_since_) quiet_since_ = now;
    return quiet_since_ && now - *quiet_since_ > days(30);
  }

  tl::unexpected<Error> out_of_time() const {
    const auto unended = state_.jobs().sorted_ids();
    return fail(
        Code::failed,
        fmt::format("{}: the simulation would go on after {}, with {} jobs that have not ended{}; "
                    "give the jobs shorter time limits, or start earlier",
                    name_, to_text(latest_time), unended.size(),
                    unended.empty() ? ""
                                    : fmt::format(", the first of them job {} of {}", name_of(unended.front()),
                                                  state_.tenants()[state_.jobs()[unended.front()].tenant].path)));
  }

  tl::unexpected<Error> never_ends(JobId job) const {
    return fail(Code::failed,
                fmt::format("{}: job {} was interrupted {} times, and will never end; let nodes fail less "
                            "often, or the job begin at a checkpoint",
                            name_, name_of(job), most_interruptions));
  }

  // Declares the tenants that are due by `now`, before anything else that happens then.
  Result<void> change_tenants(Time now) {
    for (; changed_ < then_.size() && then_[changed_].at <= now; ++changed_) {
      if (auto told = loop_.catch_up(now, TenantsDeclared{then_[changed_].tenants}); !told) {
        return fail(Code::invalid_argument,
                    fmt::format("{}: then, at {}: {}", name_, to_text(now), told.error().message));
      }
    }
    return {};
  }

  Result<void> tell_ledger() {
    if (!ledger_) return {};
    for (ledger::Change& change : changes_of(*ledger_, state_, takes_back_)) {
      Change told = Booked{std::move(change)};
      if (auto checked = state_.check(told); !checked) {
        return fail(Code::invalid_argument, fmt::format("{}: ledger: {}", name_, checked.error().message));
      }
      declare(state_.now(), std::move(told));
    }
    return {};
  }

  // Their times count from the start.
  Result<void> open_windows() {
    const Duration start = state_.now() - Time{};
    for (Window window : windows_) {
      window.id = state_.next_window();
      window.from = window.from + start;
      window.until = window.until + start;
      if (auto checked = state_.check(WindowOpened{window}); !checked) {
        return fail(Code::invalid_argument,
                    fmt::format("{}: window {}: {}", name_, window.name, checked.error().message));
      }
      declare(state_.now(), WindowOpened{std::move(window)});
    }
    return {};
  }

  std::string name_of(JobId job) const {
    const std::string& id = world_.source_id(job);
    return id.empty() ? std::to_string(job.value) : id;
  }

  void declare(Time time, Change change) {
    const Fact fact{time, std::move(change)};
    state_.apply(fact);
    policy_->observe(state_, fact);
  }

  std::string name_;
  std::vector<Window> windows_;
  std::optional<LedgerPlan> ledger_;
  bool takes_back_;
  std::vector<LaterTenants> then_;
  std::size_t changed_ = 0;  // how many of these have been declared
  std::optional<Time> quiet_since_;
  State state_;
  World world_;
  std::unique_ptr<Policy> policy_;
  NoJournal journal_;
  Loop loop_;
};

void count_rejected(const Setup& setup, const World& world, Summary& summary) {
  std::map<std::string, std::uint64_t> reasons = setup.rejected;
  for (const auto& [reason, count] : world.refusals()) reasons[reason] += count;
  for (const auto& [reason, count] : reasons) {
    summary.rejected_by_reason.emplace_back(reason, count);
    summary.jobs_rejected += count;
  }
  summary.jobs_total = world.submitted();
  for (const auto& [reason, count] : setup.rejected) summary.jobs_total += count;
}

// Invariant 9: a second run, without anybody watching, must end in the same state.
Result<std::string> digest_of_second_run(const Scenario& scenario) {
  auto setup = set_up(scenario);
  if (!setup) return tl::unexpected<Error>(std::move(setup.error()));
  Simulation again(scenario, *setup);
  if (auto ran = again.run({}, {}); !ran) return tl::unexpected<Error>(std::move(ran.error()));
  return hex16(again.state().digest());
}

Result<void> verify_end(const Scenario& scenario, Verifier& verifier, State& state, RunResult& result) {
  verifier.check_all(state);
  const auto second = digest_of_second_run(scenario);
  if (!second) return tl::unexpected<Error>(second.error());
  const bool same = *second == result.summary.digest;
  const Invariants& invariants = verifier.invariants();
  result.violations = invariants.messages();
  if (!same) result.violations.push_back("invariant 9: a second run has the digest " + *second);
  if (verifier.differing_plans() > 0) {
    result.violations.push_back(
        fmt::format("the policy overlooked what one rebuilt from the state saw, {} times", verifier.differing_plans()));
  }
  result.summary.invariants = {.checked = invariants.checked() + verifier.compared_plans() + 1,
                               .violated = invariants.violated() + verifier.differing_plans() + (same ? 0 : 1)};
  return {};
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string describe_fleet(const Fleet& fleet) {
  const auto gpus = static_cast<std::uint64_t>(fleet.gpu_count());
  if (gpus == 0) {
    std::int64_t cpus = 0;
    for (const Pool& pool : fleet.pools()) cpus += pool.capacity() / whole;
    return counted(fleet.node_count(), "node") + ", " + counted(static_cast<std::uint64_t>(cpus), "CPU");
  }
  return fmt::format("{}, {}, {}, {}", counted(fleet.sites().size(), "site"), counted(fleet.pools().size(), "pool"),
                     counted(fleet.node_count(), "node"), counted(gpus, "GPU"));
}

std::string describe_work(const Scenario& scenario) {
  if (const auto* trace = std::get_if<TraceSpec>(&scenario.work)) return "trace " + trace->path;
  if (const auto* pack = std::get_if<PackSpec>(&scenario.work)) return "pods of " + pack->pods;
  const auto& demand = std::get<DemandSpec>(scenario.work);
  return fmt::format("{} of {} in {} from {}", counted(demand.jobs, "modelled job"),
                     counted(demand.classes.size(), "kind"), to_text(demand.duration), to_text(demand.start));
}

std::vector<std::string> tenants_with_programmes(const Scenario& scenario) {
  std::vector<std::string> paths;
  if (!scenario.ledger) return paths;
  for (const ledger::Programme& programme : scenario.ledger->file.programmes) paths.push_back(programme.tenant);
  return paths;
}

ReportInput report_of(const Scenario& scenario, const Setup& setup, const State& state, const Recorder& recorder,
                      const RunOptions& options, const Summary& summary) {
  ReportInput input{.summary = summary, .dated = setup.dated};
  recorder.fill(state, input);
  input.facts = {{"Scenario", scenario.path.empty() ? scenario.name : scenario.path},
                 {"Fleet", describe_fleet(state.fleet())},
                 {"Work", describe_work(scenario)},
                 {"Policy", summary.policy},
                 {"Seed", std::to_string(scenario.seed)}};
  if (scenario.faults.node_mtbf) {
    input.facts.emplace_back("Faults",
                             fmt::format("a node fails every {} on average and is back after {}",
                                         to_text(*scenario.faults.node_mtbf), to_text(scenario.faults.repair)));
  }
  if (scenario.faults.gpu_mtbf) {
    input.facts.emplace_back("Faults of GPUs",
                             fmt::format("a GPU fails every {} on average and is back after {}",
                                         to_text(*scenario.faults.gpu_mtbf), to_text(scenario.faults.repair)));
  }
  if (!options.command.empty()) input.facts.emplace_back("Command", options.command);
  return input;
}

}  // namespace

Result<RunResult> run_scenario(const Scenario& scenario, const RunOptions& options, Outputs* outputs) {
  const auto wall_start = WallClock::now();
  auto setup = set_up(scenario);
  if (!setup) return tl::unexpected<Error>(std::move(setup.error()));

  Simulation simulation(scenario, *setup);
  std::optional<JobsCsv> csv;
  if (outputs != nullptr) {
    auto created = JobsCsv::create(outputs->unfinished("jobs.csv"), simulation.state());
    if (!created) return tl::unexpected<Error>(created.error());
    csv.emplace(std::move(*created));
  }
  const auto on_finished = [&](const FinishedJob& job) {
    if (csv) csv->add(job);
  };
  Recorder recorder(simulation.state(), simulation.world(), on_finished, tenants_with_programmes(scenario));
  simulation.loop().add_observer(recorder);
  if (csv) simulation.loop().add_observer(*csv);
  std::optional<PackRecorder> packed;
  if (setup->pack) simulation.loop().add_observer(packed.emplace(*setup->pack, simulation.world()));
  std::optional<EvictionsCsv> evictions;
  if (outputs != nullptr) {
    auto created = EvictionsCsv::create(outputs->unfinished("evictions.csv"), simulation.world());
    if (!created) return tl::unexpected<Error>(created.error());
    simulation.loop().add_observer(evictions.emplace(std::move(*created)));
  }
  std::optional<Verifier> verifier;
  if (options.verify) {
    verifier.emplace([&] { return make_policy(scenario.policy, simulation.world(), setup->pack.get()); });
    simulation.loop().add_observer(*verifier);
  }
  std::optional<ForecastScores> forecasts;
  std::function<void(Time)> before_turn;
  if (scenario.forecast) {
    std::optional<CsvFile> file;
    if (outputs != nullptr) {
      auto created = ForecastScores::create_csv(outputs->unfinished("forecasts.csv"));
      if (!created) return tl::unexpected<Error>(created.error());
      file.emplace(std::move(*created));
    }
    const DrawSetup draws{
        .make_policy = [&](const World& world) { return make_policy(scenario.policy, world, nullptr); },
        .world = world_options(scenario),
        .threads = options.forecast_threads};
    simulation.loop().add_observer(forecasts.emplace(*scenario.forecast, draws, simulation.world(), std::move(file)));
    before_turn = [&](Time next) { forecasts->before_turn(simulation.state(), next); };
  }
  auto ran = simulation.run(before_turn, [&, turns = std::uint64_t{0}](Time now) mutable {
    if (++turns % 4096 != 0 || !options.progress) return;
    options.progress({.simulated = now, .finished = recorder.finished(), .total = setup->source->total()});
  });
  if (!ran) return tl::unexpected<Error>(std::move(ran.error()));

  RunResult result;
  Summary& summary = result.summary;
  summary.scenario = scenario.name;
  summary.policy = describe(scenario.policy);
  summary.seed = scenario.seed;
  summary.rows_skipped = setup->rows_skipped;
  count_rejected(*setup, simulation.world(), summary);
  recorder.fill(summary);
  if (forecasts) summary.forecasts = forecasts->summary();
  if (simulation.state().ledger().is_open()) summary.ledger = summary_of(simulation.state());
  if (packed) summary.pack = packed->summary(simulation.state());
  // Packed pods stay.
  if (!packed) summary.jobs_unfinished = simulation.state().jobs().size();
  summary.decisions = simulation.loop().decision_count();
  summary.digest = hex16(simulation.state().digest());
  const std::chrono::duration<double> wall = WallClock::now() - wall_start;
  summary.wall_s = wall.count();
  summary.jobs_per_wall_s = static_cast<double>(summary.jobs_total) / std::max(summary.wall_s, 1e-9);
  if (verifier) {
    if (auto verified = verify_end(scenario, *verifier, simulation.state(), result); !verified) {
      return tl::unexpected<Error>(verified.error());
    }
  }
  if (outputs != nullptr) {
    const ReportInput report = report_of(scenario, *setup, simulation.state(), recorder, options, summary);
    auto written = csv->close()
                       .and_then([&] { return evictions->close(); })
                       .and_then([&] { return forecasts ? forecasts->close() : Result<void>{}; })
                       .and_then([&] { return outputs->write("summary.json", to_json(summary)); })
                       .and_then([&] { return outputs->write("report.html", report_html(report)); });
    if (!written) return tl::unexpected<Error>(written.error());
  }
  return result;
}

Result<RunResult> run_scenario_into(const std::filesystem::path& folder, const Scenario& scenario,
                                    const RunOptions& options) {
  return Outputs::in(folder).and_then([&](Outputs outputs) {
    return run_scenario(scenario, options, &outputs).and_then([&](RunResult result) {
      return outputs.commit().map([&] { return std::move(result); });
    });
  });
}

}  // namespace dure::simulate
