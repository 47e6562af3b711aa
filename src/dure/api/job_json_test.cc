#include "dure/api/job_json.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <memory>
#include <string>
#include <vector>

namespace dure::api {
namespace {

// Job 1 of tenant `lab` was evicted for job 2 of tenant `other`.
struct Evicted {
  View view;
  JobRow victim{.job = {.id = JobId{1}, .tenant = TenantId{0}}, .shape = {}, .after = {}, .promise = {}, .reason = {}};
  JobRow other{.job = {.id = JobId{2}, .tenant = TenantId{1}}, .shape = {}, .after = {}, .promise = {}, .reason = {}};

  Evicted() {
    const PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8};
    view.fleet = std::make_shared<const Fleet>(FleetSpec{.name = "f", .sites = {{.name = "s", .pools = {pool}}}});
    const TenantsSpec tenants{.roots = {{.name = "lab"}, {.name = "other"}}};
    view.tenants = std::make_shared<const Tenants>(tenants, view.fleet->pool_paths());
    victim.job.last_eviction = {.cost_s = 11'520, .beneficiary = JobId{2}, .cause = StopCause::reclaim};
  }
  std::string detail(Beneficiary beneficiary) const {
    return boost::json::serialize(eviction_json(view, victim.job, beneficiary).at("detail"));
  }
};

TEST(EvictionJson, SaysForWhomAndWhatItCosts) {
  Evicted evicted;
  EXPECT_EQ(evicted.detail({&evicted.other, Sight::status}),
            "\"evicted for job 2 of tenant other, which is within its tenant's guarantee; "
            "3.20 GPU-hours of work that it had done were at stake\"");
  evicted.victim.job.checkpoint = Checkpoint{.every = hours(1)};
  EXPECT_EQ(evicted.detail({&evicted.other, Sight::full}),
            "\"evicted for job 2 of tenant other, which is within its tenant's guarantee; "
            "3.20 GPU-hours of work since its last checkpoint were at stake\"");
}

// Who may see a number alone is told that; who may see nothing, nothing.
TEST(EvictionJson, NamesTheBeneficiaryToThoseWhoMaySeeIt) {
  const Evicted evicted;
  const auto opaque = eviction_json(evicted.view, evicted.victim.job, {&evicted.other, Sight::opaque});
  EXPECT_EQ(opaque.at("job").as_uint64(), 2u);
  EXPECT_FALSE(opaque.contains("tenant"));
  const auto nothing = eviction_json(evicted.view, evicted.victim.job, {});
  EXPECT_FALSE(nothing.contains("job"));
  for (const auto& said : {opaque, nothing}) {
    EXPECT_EQ(boost::json::serialize(said).find("other,"), std::string::npos) << boost::json::serialize(said);
  }
  EXPECT_NE(evicted.detail({}).find("evicted for another job"), std::string::npos);
}

// Of one that has run, was evicted and waits again; the times are seconds.
TEST(JobJson, SaysWhenItsRunWasCutShort) {
  Evicted evicted;
  evicted.view.users = std::make_shared<const std::vector<std::string>>(1, "kim");
  Job& job = evicted.victim.job;
  job.evictions = 1;
  job.ordered = Time{} + seconds(5);
  job.started = Time{} + seconds(9);
  job.stopped = Time{} + seconds(70);
  EXPECT_EQ(to_json(evicted.view, evicted.victim).at("interrupted").as_string(), "1970-01-01T00:01:10Z");
  job.ordered = Time{} + seconds(90);  // a later start came to nothing, and may have been stopped
  EXPECT_FALSE(to_json(evicted.view, evicted.victim).contains("interrupted"));
  job.ordered = Time{} + seconds(5);
  job.allocation = {{.node = NodeId{0}, .tasks = 1, .gpus = 1, .gpu_milli = 1000}};
  job.state = JobState::stopping;
  EXPECT_FALSE(to_json(evicted.view, evicted.victim).contains("interrupted"));
}

TEST(JobJson, HasNoExitCodeOfOneThatNeverRan) {
  Evicted evicted;
  evicted.view.users = std::make_shared<const std::vector<std::string>>(1, "kim");
  JobRow& row = evicted.victim;
  row.job.state = JobState::ended;
  row.outcome = Outcome::cancelled;
  EXPECT_FALSE(to_json(evicted.view, row).contains("exit_code"));
  row.job.allocation = {{.node = NodeId{0}, .tasks = 1, .gpus = 1, .gpu_milli = 1000}};
  EXPECT_EQ(to_json(evicted.view, row).at("exit_code").as_int64(), 0);
  row.outcome = Outcome::expired;
  EXPECT_FALSE(to_json(evicted.view, row).contains("exit_code"));
  EndedJob old;
  old.outcome = Outcome::cancelled;
  EXPECT_FALSE(to_json(old).contains("exit_code"));
  old.pool = "s/p";
  old.exit_code = 3;
  EXPECT_EQ(to_json(old).at("exit_code").as_int64(), 3);
  old.outcome = Outcome::expired;
  EXPECT_FALSE(to_json(old).contains("exit_code"));
}

}  // namespace
}  // namespace dure::api
