#include "dure/forecast/draw.h"

#include <gtest/gtest.h>

#include "dure/forecast/no_arrivals.h"
#include "dure/forecast/test_site.h"

namespace dure::forecast {
namespace {

class TurnCount final : public Observer {
 public:
  void on_fact(const State&, const Fact& fact) override {
    if (std::holds_alternative<StartOrdered>(fact.change)) last_start = fact.time;
  }
  void on_turn(const State&, bool) override { ++turns; }

  std::size_t turns = 0;
  Time last_start;
};

// Of 200 GPUs for which 3,000 jobs wait, each for ten minutes to two hours.
TurnCount drawn_with(double grain) {
  Site site({}, 50);
  for (int i = 0; i < 3200; ++i) site.submit(at(0), 1, hours(3));
  const MakePolicy make_policy = dure_policy;
  const auto run_left = [](const Job& job) { return minutes(10) + seconds((job.id.value * 7919) % 6600); };
  TurnCount count;
  NoArrivals none;
  const Outset outset{.present = site.state,
                      .now = at(0),
                      .until = at(0) + days(7),
                      .make_policy = make_policy,
                      .world = {},
                      .grain = grain};
  (void)draw(outset, run_left, none, count, [&] { return false; });
  return count;
}

TEST(Draw, WithAGrainTakesFewerTurnsAndHardlyMoreTime) {
  const TurnCount exact = drawn_with(0);
  const TurnCount coarse = drawn_with(0.01);
  EXPECT_LT(coarse.turns, exact.turns / 3);
  EXPECT_GE(coarse.last_start, exact.last_start);
  EXPECT_LT(coarse.last_start.ns - exact.last_start.ns, exact.last_start.ns / 50);
}

}  // namespace
}  // namespace dure::forecast
