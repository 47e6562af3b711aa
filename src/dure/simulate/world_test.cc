#include "dure/simulate/world.h"

#include <gtest/gtest.h>

#include <deque>

namespace dure::simulate {
namespace {

class Jobs final : public JobSource {
 public:
  explicit Jobs(std::deque<SourcedJob> jobs) : jobs_(std::move(jobs)) {}
  std::optional<SourcedJob> next() override {
    if (jobs_.empty()) return std::nullopt;
    SourcedJob job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }
  std::uint64_t total() const override { return jobs_.size(); }

 private:
  std::deque<SourcedJob> jobs_;
};

TEST(World, NodesFailOnceTheFirstJobIsThere) {
  State state;
  Jobs jobs({{.submit = Time{} + hours(1), .spec = {.time_limit = days(1)}, .run_time = days(1)}});
  // As in a simulation: the fleet is declared when the world is there already.
  World world(jobs, state, {.faults = {.node_mtbf = hours(1), .repair = minutes(1)}});
  const PoolSpec pool{.name = "p", .cpu_milli = whole, .nodes_per_rack = 4};
  state.apply({Time{}, FleetDeclared{{.sites = {{.name = "s", .pools = {pool}}}}}});

  std::vector<Change> changes;
  world.drain(*world.next_time(), changes);
  ASSERT_EQ(changes.size(), 1u);
  ASSERT_TRUE(world.next_time());
  EXPECT_LT(*world.next_time(), Time{} + days(1));
  world.drain(*world.next_time(), changes);
  ASSERT_EQ(changes.size(), 2u);
  ASSERT_TRUE(std::holds_alternative<NodeLost>(changes[1]));
  EXPECT_LT(std::get<NodeLost>(changes[1]).node.value, 4u);
}

}  // namespace
}  // namespace dure::simulate
