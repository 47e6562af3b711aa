#include "dure/api/live_json.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <string>
#include <vector>

namespace dure::api {
namespace {

namespace json = boost::json;

const Actor chief{.subject = "chief", .token = "t1", .grants = {{.role = Role::operator_, .tenant = ""}}};
const Actor kim{.subject = "kim", .token = "t2", .grants = {{.role = Role::member, .tenant = "lab"}}};
const Actor visitor{.subject = "kim", .token = "t3", .grants = {{.role = Role::guest, .tenant = "lab"}}};

// Three nodes of 8 devices. Job 1 of lab holds devices of nodes 0 and 1, job 2 of other all of node 2.
class LiveJson : public testing::Test {
 protected:
  LiveJson() {
    const PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8, .nodes_per_rack = 3};
    fleet_ = std::make_shared<const Fleet>(FleetSpec{.name = "f", .sites = {{.name = "s", .pools = {pool}}}});
    tenants_ = std::make_shared<const Tenants>(TenantsSpec{.roots = {{.name = "lab"}, {.name = "other"}}},
                                               fleet_->pool_paths());
    put(1, 0, JobState::running, {{NodeId{0}, 2, 0b11, whole}, {NodeId{1}, 1, 0b100, 250}});
    put(2, 1, JobState::running, {{NodeId{2}, 8, 0xff, whole}});
    nodes_.put(0, {.jobs = {JobId{1}}});
    nodes_.put(1, {.sick = 0b1000, .jobs = {JobId{1}}});
    nodes_.put(2, {.jobs = {JobId{2}}});
    use_.resize(2);
    use_[0] = {.held_milli = 2250, .running = 1};
    use_[1] = {.held_milli = 8000, .running = 1};
  }

  void put(std::uint32_t id, std::uint32_t tenant, JobState state, Allocation allocation) {
    JobRow row{.job = {.id = JobId{id}, .tenant = TenantId{tenant}, .user = UserId{tenant}, .state = state}};
    row.job.allocation = std::move(allocation);
    row.job.name = "job" + std::to_string(id);
    jobs_.put(id, std::move(row));
  }

  View view() {
    View view{.sequence = ++sequence_, .fleet = fleet_, .tenants = tenants_};
    view.users = std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"kim", "lee"});
    view.jobs = jobs_.publish();
    view.nodes = nodes_.publish();
    view.use = std::make_shared<const std::vector<TenantUse>>(use_);
    view.running = 2;
    return view;
  }

  static std::string part(const std::string& text, const char* key) {
    return json::serialize(json::parse(text).as_object().at(key));
  }
  static std::string whole_of(const View& view, const Actor& actor, const char* key) {
    return part(whole_state_json(view, Access(actor, *view.tenants)), key);
  }

  std::shared_ptr<const Fleet> fleet_;
  std::shared_ptr<const Tenants> tenants_;
  PageWriter<JobRow> jobs_;
  PageWriter<NodeRow> nodes_;
  std::vector<TenantUse> use_;
  std::uint64_t sequence_ = 0;
};

TEST_F(LiveJson, ShowsOperatorsWhereWorkLiesAndNotWhatItIs) {
  const View now = view();
  EXPECT_EQ(whole_of(now, chief, "nodes"), "[[0,0,0,1,3,1000],[1,0,8,1,4,250],[2,0,0,2,255,1000]]");
  EXPECT_EQ(whole_of(now, chief, "jobs"), "[[1,-1,0,3],[2,-1,0,3]]");
  EXPECT_EQ(whole_of(now, chief, "use"), "[[0,0,2.25E0,1,0],[1,0,8,1,0]]");
}

TEST_F(LiveJson, ShowsMembersTheirOwnPartAndNothingOfTheMachines) {
  const View now = view();
  EXPECT_EQ(whole_of(now, kim, "nodes"), "[[0,0,0,1,3,1000],[1,0,0,1,4,250]]");
  EXPECT_EQ(whole_of(now, kim, "jobs"), R"([[1,0,0,3,"kim","job1"]])");
  EXPECT_EQ(whole_of(now, kim, "use"), "[[0,0,2.25E0,1,0]]");
  const std::string estate = estate_json(now, Access(kim, *tenants_));
  EXPECT_EQ(estate.find("other"), std::string::npos) << estate;
}

TEST_F(LiveJson, ShowsGuestsTheirJobsAlone) {
  const View now = view();
  EXPECT_EQ(whole_of(now, visitor, "nodes"), "[]");
  EXPECT_EQ(whole_of(now, visitor, "jobs"), R"([[1,0,-1,3,"kim","job1"]])");
  EXPECT_EQ(whole_of(now, visitor, "use"), "[]");
  EXPECT_EQ(part(estate_json(now, Access(visitor, *tenants_)), "pools"), "[]");
  EXPECT_EQ(whole_of(now, visitor, "running"), "0");
}

// Job 1 ends: its nodes are told empty, to who could see it; nothing of that to others.
TEST_F(LiveJson, TellsWhatHasChangedToWhoCouldSeeIt) {
  const View before = view();
  put(1, 0, JobState::ended, {{NodeId{0}, 2, 0b11, whole}, {NodeId{1}, 1, 0b100, 250}});
  nodes_.put(0, {});
  nodes_.put(1, {.sick = 0b1000});
  use_[0] = {};
  const View now = view();
  const ViewChanges changes = changes_between(before, now);
  EXPECT_EQ(changes.nodes, (std::vector<NodeId>{NodeId{0}, NodeId{1}}));
  EXPECT_EQ(changes.jobs, std::vector<JobId>{JobId{1}});
  EXPECT_EQ(changes.uses.size(), 1u);
  const auto told = [&](const Actor& actor, const char* key) {
    return part(changed_state_json(before, now, Access(actor, *tenants_), changes), key);
  };
  EXPECT_EQ(told(chief, "nodes"), "[[0,0,0],[1,0,8]]");
  EXPECT_EQ(told(chief, "jobs"), "[[1,-1,0,5]]");
  EXPECT_EQ(told(kim, "nodes"), "[[0,0,0],[1,0,0]]");
  EXPECT_EQ(told(kim, "use"), "[[0,0,0,0,0]]");
  const Actor lee{.subject = "lee", .token = "t4", .grants = {{.role = Role::member, .tenant = "other"}}};
  EXPECT_EQ(told(lee, "nodes"), "[]");
  EXPECT_EQ(told(lee, "jobs"), "[]");
  EXPECT_EQ(told(lee, "use"), "[]");
}

TEST_F(LiveJson, FindsNoChangeWhereThereIsNone) {
  const View before = view();
  EXPECT_TRUE(changes_between(before, view()).empty());
  nodes_.put(5000, {.is_drained = true});
  const ViewChanges changes = changes_between(before, view());
  EXPECT_EQ(changes.nodes, std::vector<NodeId>{NodeId{5000}});
}

}  // namespace
}  // namespace dure::api
