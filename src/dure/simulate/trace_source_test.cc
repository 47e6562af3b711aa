#include "dure/simulate/trace_source.h"

#include <gtest/gtest.h>

#include <optional>
#include <tuple>

namespace dure::simulate {
namespace {

const FleetSpec fleet_spec{
    .name = "f",
    .sites = {
        {.name = "s",
         .pools = {{.name = "p", .gpu_model = "X", .gpus_per_node = 4, .cpu_milli = 8000, .nodes_per_rack = 4}}}}};

Shape shape_of(std::int64_t gpus_milli, std::int64_t cpus = 0, std::int64_t memory_mib = 0) {
  const Fleet fleet(fleet_spec);
  const std::vector<std::string> pools{"s/p"};
  const Tenants tenants({.roots = {{.name = "a"}}}, pools);
  Trace trace;
  trace.rows.push_back(
      {.id = "1", .run_time = seconds(1), .gpus_milli = gpus_milli, .cpus = cpus, .memory_mib = memory_mib});
  return TraceSource(trace, fleet, tenants, hours(1)).next()->spec.shape;
}

TEST(TraceSource, MakesOneTaskThenWholeNodesThenSingleGpus) {
  struct Case {
    std::int64_t gpus_milli;
    std::uint32_t tasks;
    std::int64_t each;
  };
  for (const Case& c : {Case{500, 1, 500},
                        {1000, 1, 1000},
                        {4000, 1, 4000},
                        {5000, 5, 1000},
                        {8000, 2, 4000},
                        {12'000, 3, 4000},
                        {13'000, 13, 1000},
                        {1500, 1, 2000}}) {
    const Shape shape = shape_of(c.gpus_milli);
    EXPECT_EQ(shape.tasks_min, c.tasks) << c.gpus_milli;
    EXPECT_EQ(shape.tasks_max, c.tasks) << c.gpus_milli;
    EXPECT_EQ(shape.per_task.gpu_milli, c.each) << c.gpus_milli;
  }
}

TEST(TraceSource, SharesCpusAndMemoryOutEvenlyAndRoundsUp) {
  const Shape shape = shape_of(12'000, 10, 100);
  EXPECT_EQ(shape.per_task.cpu_milli, 3334);
  EXPECT_EQ(shape.per_task.memory_mib, 34);
  EXPECT_EQ(shape_of(0, 16).tasks_min, 2u);  // rows without GPUs go by CPUs
}

std::map<std::string, std::uint64_t> rejected(const TenantsSpec& spec, const std::string& tenant) {
  const std::vector<std::string> pools{"s/p"};
  Trace trace;
  trace.rows.push_back({.id = "1", .run_time = seconds(1), .gpus_milli = 1000, .tenant = tenant});
  return TraceSource(trace, Fleet(fleet_spec), Tenants(spec, pools), hours(1)).rejected();
}

TEST(TraceSource, FindsTheLeafTenantByPathOrLastNameWhereThatIsClear) {
  const TenantSpec x{.name = "x"};
  const TenantSpec y{.name = "y"};
  const TenantsSpec tree{.roots = {{.name = "a", .children = {x, y}}, {.name = "b", .children = {x}}}};
  EXPECT_TRUE(rejected(tree, "y").empty());
  EXPECT_TRUE(rejected(tree, "a/y").empty());
  EXPECT_TRUE(rejected(tree, "b/x").empty());
  EXPECT_EQ(rejected(tree, "x").size(), 1u);  // whose?
  EXPECT_EQ(rejected(tree, "a").size(), 1u);  // no leaf
}

TEST(TraceSource, GivesAllRowsToTheOnlyLeafThereIs) {
  EXPECT_TRUE(rejected({.roots = {{.name = "a"}}}, "whoever").empty());
  EXPECT_TRUE(rejected({.roots = {{.name = "a", .children = {{.name = "x"}}}}}, "whoever").empty());
}

TEST(TraceSource, TakesItsTimeLimitWhereTheRowHasNone) {
  const std::vector<std::string> pools{"s/p"};
  Trace trace;
  trace.rows.push_back({.id = "1", .run_time = seconds(1), .time_limit = minutes(5), .gpus_milli = 1000});
  trace.rows.push_back({.id = "2", .run_time = seconds(1), .gpus_milli = 1000, .user = "kim"});
  TraceSource source(trace, Fleet(fleet_spec), Tenants({.roots = {{.name = "a"}}}, pools), hours(1));
  EXPECT_EQ(source.total(), 2u);
  EXPECT_EQ(source.next()->spec.time_limit, minutes(5));
  EXPECT_EQ(source.next()->spec.time_limit, hours(1));
  EXPECT_FALSE(source.next());
  EXPECT_EQ(source.users(), (std::vector<std::string>{"", "kim"}));
}

TEST(TraceSource, MakesMoreTasksWhereANodeHasTooFewCpusOrTooLittleMemory) {
  EXPECT_EQ(shape_of(2000, 8).tasks_min, 1u);
  EXPECT_EQ(shape_of(2000, 16).tasks_min, 2u);    // a node has 8 CPUs
  EXPECT_EQ(shape_of(12'000, 32).tasks_min, 4u);  // 3 nodes would do for the GPUs
}

// Two pools, of GPUs and without.
class Partitions : public testing::Test {
 protected:
  std::optional<Shape> shape_of(const char* partition, std::int64_t gpus, std::int64_t cpus, std::int64_t memory_mib,
                                const char* gpu_model = "") {
    FleetSpec spec = fleet_spec;
    spec.sites[0].pools.push_back({.name = "c", .cpu_milli = 32'000, .memory_mib = 1000, .nodes_per_rack = 2});
    const Fleet fleet(spec);
    Trace trace;
    trace.rows.push_back({.id = "1",
                          .run_time = seconds(1),
                          .gpus_milli = gpus * whole,
                          .cpus = cpus,
                          .memory_mib = memory_mib,
                          .gpu_model = gpu_model,
                          .partition = partition});
    TraceSource source(trace, fleet, Tenants({.roots = {{.name = "a"}}}, fleet.pool_paths()), hours(1),
                       {{"gpu", {PoolId{0}}}, {"cpu", {PoolId{1}}}, {"all", {PoolId{0}, PoolId{1}}}});
    rejected_ = source.rejected();
    const auto job = source.next();
    return job ? std::optional(job->spec.shape) : std::nullopt;
  }

  std::map<std::string, std::uint64_t> rejected_;
};

TEST_F(Partitions, SendJobsToTheirPoolsAndOthersToAny) {
  EXPECT_EQ(shape_of("gpu", 0, 4, 0)->pools, std::vector{PoolId{0}});
  EXPECT_EQ(shape_of("cpu", 0, 4, 0)->pools, std::vector{PoolId{1}});
  EXPECT_EQ(shape_of("all", 0, 4, 0)->pools, (std::vector{PoolId{0}, PoolId{1}}));
  EXPECT_TRUE(shape_of("retired", 0, 4, 0)->pools.empty());
}

TEST_F(Partitions, AModelIsThePoolsOfItWhereThereAreSome) {
  EXPECT_EQ(shape_of("all", 1, 1, 0, "x")->pools, std::vector{PoolId{0}});  // the fleet calls it X
  EXPECT_EQ(shape_of("retired", 1, 1, 0, "x")->pools, std::vector{PoolId{0}});
  EXPECT_EQ(shape_of("all", 1, 1, 0, "y")->pools, (std::vector{PoolId{0}, PoolId{1}}));
  EXPECT_TRUE(shape_of("retired", 1, 1, 0, "y")->pools.empty());
  EXPECT_EQ(shape_of("cpu", 0, 1, 0, "x")->pools, std::vector{PoolId{1}});
}

TEST_F(Partitions, DivideJobsByTheNodesOfTheirPools) {
  EXPECT_EQ(shape_of("cpu", 0, 32, 0)->tasks_min, 1u);
  EXPECT_EQ(shape_of("gpu", 0, 32, 0)->tasks_min, 4u);
  EXPECT_EQ(shape_of("cpu", 0, 32, 2000)->tasks_min, 2u);
}

TEST_F(Partitions, RejectWhatIsLargerThanEachOfTheirPools) {
  EXPECT_TRUE(shape_of("cpu", 0, 64, 2000));
  for (const auto& [gpus, cpus, memory] : {std::tuple{0, 65, 0}, {0, 1, 1001}, {1, 1, 0}}) {
    EXPECT_FALSE(shape_of("cpu", gpus, cpus, memory)) << gpus << ' ' << cpus << ' ' << memory;
    EXPECT_EQ(rejected_, (std::map<std::string, std::uint64_t>{{"larger than each pool that it may go to", 1}}));
  }
}

TEST(TenantsOf, AreTheNamesInOrderWithDashesForSlashes) {
  Trace trace;
  for (const char* name : {"z", "a/b", "z", ""}) trace.rows.push_back({.tenant = name});
  const TenantsSpec tenants = tenants_of(trace);
  ASSERT_EQ(tenants.roots.size(), 3u);
  EXPECT_EQ(tenants.roots[0].name, "a-b");
  EXPECT_EQ(tenants.roots[1].name, "unnamed");
  EXPECT_EQ(tenants.roots[2].name, "z");
}

}  // namespace
}  // namespace dure::simulate
