#include "dure/what_if/replay.h"

#include <gtest/gtest.h>

#include <memory>

namespace dure::what_if {
namespace {

// Wants to be asked again at the same instant, for ever.
class Restless final : public Policy {
 public:
  void observe(const State&, const Fact&) override {}
  void rebuild(const State&) override {}
  void plan(const State&, Time, std::vector<Decision>&) override {}
  std::optional<Time> next_wakeup(const State&, Time now) const override { return now; }
};

TEST(Replay, EndsThoughThePolicyComesToNoEnd) {
  const WorkBook book;
  Replay replay(State{}, std::make_unique<Restless>(), book);
  ASSERT_TRUE(replay.change(Time{} + days(1), {}));
  const auto gone = replay.go_on(Time{} + days(2));
  ASSERT_FALSE(gone);
  EXPECT_NE(gone.error().message.find("at 1970-01-02T00:00:00Z the policy decides"), std::string::npos)
      << gone.error().message;
}

TEST(Replay, SaysWhatOfAChangeCannotBe) {
  const WorkBook book;
  Replay replay(State{}, std::make_unique<Restless>(), book);
  EXPECT_FALSE(replay.change(Time{} + days(1), {NodeDrained{.node = NodeId{7}, .reason = "none"}}));
}

}  // namespace
}  // namespace dure::what_if
