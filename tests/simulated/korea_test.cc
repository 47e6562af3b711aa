// The estate that was announced in 2025 (scenarios/korea-2025.yaml): that its figures are the published ones, and what
// comes of a few weeks on a sixteenth of it. The year itself takes minutes: dure simulate.
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/fleet/fleet.h"
#include "dure/simulate/demand.h"
#include "dure/simulate/scenario_reader.h"
#include "dure/simulate/simulation.h"
#include "dure/tenancy/tenants.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

Scenario scenario(std::string_view name, const std::vector<std::string>& overrides = {}) {
  auto read = read_scenario(fs::path(DURE_SOURCE_DIR) / "scenarios" / name, overrides);
  if (!read) throw std::runtime_error(read.error().message);
  return *std::move(read);
}

// A tree of the scenario, with the fleet that it is about.
struct Estate {
  Fleet fleet;
  Tenants tenants;

  explicit Estate(const Scenario& scenario) : Estate(scenario, *scenario.tenants) {}
  Estate(const Scenario& scenario, const TenantsSpec& spec)
      : fleet(scenario.fleet), tenants(spec, fleet.pool_paths()) {}

  // GPUs in the pools whose path begins so.
  std::int64_t guarantee(std::string_view path, std::string_view pools = "") const {
    std::int64_t milli = 0;
    for (std::size_t p = 0; p < fleet.pools().size(); ++p) {
      if (!fleet.pools()[p].path.starts_with(pools)) continue;
      milli += tenants.quota(*tenants.find(path), id_of<PoolTag>(p)).guarantee_milli;
    }
    return milli / whole;
  }
  // What the leaves are guaranteed whose paths begin so, and how many they are.
  std::pair<std::int64_t, int> leaves(std::string_view prefix) const {
    std::pair<std::int64_t, int> sum;
    for (std::size_t t = 0; t < tenants.size(); ++t) {
      const Tenant& tenant = tenants[id_of<TenantTag>(t)];
      if (!tenant.is_leaf() || !tenant.path.starts_with(prefix)) continue;
      sum.first += guarantee(tenant.path);
      ++sum.second;
    }
    return sum;
  }
  std::int64_t gpus(std::string_view pools) const {
    std::int64_t gpus = 0;
    for (const Pool& pool : fleet.pools()) gpus += pool.path.starts_with(pools) ? pool.capacity() / whole : 0;
    return gpus;
  }
};

using Leaves = std::pair<std::int64_t, int>;

TEST(Korea, TheHallsOfThreeOperatorsHaveWhatWasPublished) {
  const Estate estate(scenario("korea-2025.yaml"));
  EXPECT_EQ(estate.gpus("naver-cloud/"), 3056);
  EXPECT_EQ(estate.gpus("nhn-cloud/"), 7656);
  EXPECT_EQ(estate.gpus("kakao/"), 2424);
  EXPECT_EQ(estate.guarantee("nipa", "naver-cloud/"), 2296);
  EXPECT_EQ(estate.guarantee("nipa", "nhn-cloud/"), 6120);
  EXPECT_EQ(estate.guarantee("nipa", "kakao/"), 2040);
  EXPECT_EQ(estate.gpus("naver-cloud/h200-255"), 255 * 8);
  EXPECT_EQ(estate.gpus("nhn-cloud/b200-510"), 510 * 8);
  EXPECT_EQ(estate.gpus("nhn-cloud/b200-255"), 255 * 8);
  EXPECT_EQ(estate.gpus("kakao/b200-255"), 255 * 8);
}

TEST(Korea, TheWholeIsAsLargeAsAnnounced) {
  const Estate estate(scenario("korea-2025.yaml"));
  EXPECT_GE(estate.fleet.gpu_count(), 260'000);
  // The state's 50,000, of which the three halls and the national centre.
  EXPECT_EQ(estate.gpus("naver-cloud/") + estate.gpus("nhn-cloud/") + estate.gpus("kakao/") + estate.gpus("haenam/"),
            50'000);
  EXPECT_GE(estate.guarantee("samsung"), 50'000);
  EXPECT_GE(estate.guarantee("sk"), 50'000);
  EXPECT_GE(estate.guarantee("hyundai"), 50'000);
  EXPECT_GE(estate.guarantee("naver", "naver-sejong/"), 60'000);
  EXPECT_EQ(estate.guarantee("kisti"), 8496);
  EXPECT_EQ(estate.guarantee("kisti/hangang/ai"), 8496 * 30 / 100);
  EXPECT_NEAR(static_cast<double>(estate.guarantee("kisti/hangang/industry")), 8496 * 0.20, 4);
  EXPECT_GE(estate.gpus("sk-icheon/") + estate.gpus("sk-yongin/"), 2000);
}

// Who uses theirs and who does not.
auto of_large(const Estate& estate, const std::string& kind) {
  return estate.leaves("nipa/large/active/" + kind).first + estate.leaves("nipa/large/unused/" + kind).first;
}

TEST(Korea, TheProgrammesHaveWhatWasPublished) {
  const Estate estate(scenario("korea-2025.yaml"));
  EXPECT_EQ(estate.leaves("nipa/sovereign-fm/"), (Leaves{5 * 1024, 5}));
  EXPECT_EQ(estate.leaves("nipa/large/").first, 4224);
  EXPECT_EQ(estate.leaves("nipa/large/active/").second + estate.leaves("nipa/large/unused/").second, 159u);
  EXPECT_EQ(of_large(estate, "academia"), 2624);
  EXPECT_EQ(of_large(estate, "industry"), 1288);
  EXPECT_EQ(of_large(estate, "research"), 312);
  EXPECT_EQ(estate.leaves("nipa/n-up/").second, 151);
}

TEST(Korea, TheTeamThatLeavesHandsItsBlockOver) {
  const Scenario year = scenario("korea-2025.yaml");
  const Estate before(year);
  const Estate after(year, year.then.at(0).tenants);
  for (const char* pools : {"nhn-cloud/b200-510", "haenam/h200"}) {
    EXPECT_EQ(before.guarantee("nipa/sovereign-fm/team-e", pools), 512);
    EXPECT_EQ(after.guarantee("nipa/sovereign-fm/team-e", pools), 0);
    EXPECT_EQ(after.guarantee("nipa/sovereign-fm/team-a", pools), 640);
    EXPECT_EQ(after.guarantee("nipa/sovereign-fm", pools), before.guarantee("nipa/sovereign-fm", pools));
  }
}

TEST(Korea, AYearIsMillionsOfJobsThatAskForMostOfTheEstate) {
  for (const char* name : {"korea-2025.yaml", "korea-2025-16th.yaml"}) {
    const Scenario year = scenario(name);
    const double load = expected_load(std::get<DemandSpec>(year.work), Fleet(year.fleet));
    EXPECT_GE(load, 0.9) << name;
    EXPECT_LT(load, 0.95) << name;
  }
  EXPECT_GE(std::get<DemandSpec>(scenario("korea-2025.yaml").work).jobs, 5'000'000u);
}

double beyond_hours(const Summary& summary) {
  double hours = 0;
  for (const TenantUse& owner : summary.owners) hours += owner.beyond_gpu_hours;
  return hours;
}

// How often was taken back what one owner had lent another, and how often later than promised.
std::pair<std::uint64_t, std::uint64_t> reclaims(const Summary& summary) {
  std::pair<std::uint64_t, std::uint64_t> sum;
  for (const LoanLine& loan : summary.ledger->loans) {
    sum.first += loan.reclaims;
    sum.second += loan.late;
  }
  return sum;
}

// Four weeks of a sixteenth, with and without lending: the tenants change in the third.
TEST(Korea, ASixteenthKeepsTheInvariants) {
  const std::vector<std::string> lent{"demand.duration=28d", "demand.jobs=520000", "then[0].at=15d"};
  std::vector<std::string> alone = lent;
  alone.push_back("lending=none");
  std::vector<double> beyond;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> taken_back;  // work without GPUs, too: also without lending
  for (const auto& overrides : {lent, alone}) {
    const auto run = run_scenario(scenario("korea-2025-16th.yaml", overrides), {.verify = true});
    ASSERT_TRUE(run) << run.error().message;
    for (const std::string& violation : run->violations) ADD_FAILURE() << violation;
    EXPECT_EQ(run->summary.jobs_unfinished, 0u);
    EXPECT_EQ(run->summary.jobs_rejected, 0u);
    beyond.push_back(beyond_hours(run->summary));
    taken_back.push_back(reclaims(run->summary));
  }
  EXPECT_GT(beyond[0], 0);
  EXPECT_EQ(beyond[1], 0);
  EXPECT_GT(taken_back[0].first, 0u);
  EXPECT_EQ(taken_back[0].second, 0u);
  EXPECT_EQ(taken_back[1].second, 0u);
}

}  // namespace
}  // namespace dure::simulate
