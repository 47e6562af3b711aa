// A scenario: which fleet, which tenants, which work, which policy. Read from a scenario file.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/fleet/fleet_spec.h"
#include "dure/policy/pool_queue.h"
#include "dure/simulate/node_list.h"
#include "dure/tenancy/tenants_spec.h"
#include "dure/work/job_spec.h"
#include "dure/work/window.h"
#include "dure/world/fault_spec.h"

namespace dure::simulate {

enum class TraceFormat : std::uint8_t { swf, itp, philly, sacct, csv };
enum class OnError : std::uint8_t { stop, skip };

// `columns` of a csv trace: our field -> the header name in the file.
// Fields: id, submit, run_time, time_limit, gpus, cpus, memory, user, tenant, name, gpu_model, partition.
struct TraceSpec {
  TraceFormat format = TraceFormat::swf;
  std::string path;               // already resolved: `data:` and the scenario's folder are gone
  std::uint64_t limit = 0;        // only the first so many rows; 0: all
  double scale_arrivals = 1.0;    // > 0; 2 makes jobs arrive twice as fast
  Duration time_limit = days(7);  // for rows that carry none
  OnError on_error = OnError::stop;
  std::map<std::string, std::string> columns;
  // The pools that the jobs of a partition of the file may go to; those of others may go to any.
  std::map<std::string, std::vector<PoolId>> partitions;
};

// One kind of job in a demand model.
struct DemandClass {
  std::string name;
  std::uint32_t share = 1;  // of all arrivals, relative to the other classes; >= 1
  // Path -> weight >= 1; empty: all leaf tenants alike. An inner tenant stands for the leaves below it.
  std::vector<std::pair<std::string, std::uint32_t>> tenants;
  std::vector<std::string> pools;  // paths; empty: any
  Demand per_task;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> tasks;  // number of tasks -> weight; not empty
  Level within = Level::site;
  Segments segments;
  Spread spread;
  Duration run_time_median = hours(1);  // log-normal
  double run_time_sigma = 1.0;          // of the natural logarithm; >= 0
  Duration run_time_min = seconds(10);
  Duration run_time_max = days(7);
  double overestimate = 2.0;  // mean of time limit / run time; >= 1; limits are rounded up to round values
  std::int32_t priority = 0;
  std::optional<Checkpoint> checkpoint;
  bool hot_swap = false;
  // When its jobs arrive, after the start: not before `from`, and before `until`, if there is one.
  Duration from;
  std::optional<Duration> until;

  bool is_active(Duration at) const { return from <= at && (!until || at < *until); }
};

// The arrivals of the protocol `pack`.
struct PackSpec {
  std::string pods;  // paths, already resolved
  std::string order;
  std::optional<std::uint64_t> order_seed;  // of the order; none: the scenario's seed
  NodeList nodes;                           // of the fleet
};

struct DemandSpec {
  Time start;              // of the simulation; decides the weekday
  std::uint64_t jobs = 0;  // how many arrive, spread over `duration`
  Duration duration = days(30);
  std::array<double, 24> day;        // relative arrival rate by hour of the day, UTC; mean need not be 1
  std::array<double, 7> week;        // relative arrival rate by weekday, Monday first
  std::vector<DemandClass> classes;  // not empty

  DemandSpec() {
    day.fill(1.0);
    week.fill(1.0);
  }
};

// What a policy that packs knows of the pods to come: a list of the most frequent, or what has arrived.
enum class KnownPods : std::uint8_t { given, seen };

enum class Estimates : std::uint8_t { requested, exact, last_2 };

struct PolicySpec {
  // dure | fcfs | easy | easy-sjbf; for packing dure | bestfit | dotprod | packing | clustering | fgd
  std::string name = "dure";
  Estimates estimates = Estimates::requested;
  std::uint32_t reservations = 1;       // per pool; dure only; 0: no job is promised a time
  bool reclaims = false;                // dure only
  bool defragments = false;             // dure only
  std::uint32_t fair_evictions = 0;     // in one pool within an hour; dure only
  LeafOrder order = LeafOrder::oldest;  // dure only
  Duration half_life = days(7);         // of usage; dure only
  Fairness fairness = Fairness::none;   // of tenants that state none; dure only
  KnownPods demand = KnownPods::given;  // packing; dure only
};

// Forecasts that are made on the way and scored.
struct ForecastSpec {
  Duration every = minutes(10);  // > 0; and of each job when it is submitted
  std::uint32_t draws = 16;      // >= 2
  Duration horizon = days(30);   // > 0
};

// A tree that takes the place of the one before.
struct TenantsThen {
  Duration at;  // after the start, > 0
  TenantsSpec tenants;
};

struct Scenario {
  std::string name;
  std::string path;  // of the file
  FleetSpec fleet;
  std::optional<TenantsSpec> tenants;  // nullopt: from the trace
  std::vector<TenantsThen> then;       // ascending; with a demand model only
  std::variant<TraceSpec, DemandSpec, PackSpec> work;
  PolicySpec policy;
  FaultSpec faults;
  std::optional<ForecastSpec> forecast;
  std::vector<Window> windows;  // their times count from the start, as if that was Time{}
  std::uint64_t seed = 1;
};

}  // namespace dure::simulate
