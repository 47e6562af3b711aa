#include "dure/programme/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace dure::programme {
namespace {

// Two applications of one organisation whose awards keep every rule there is.
Round kept() {
  Round round;
  Call& call = round.call;
  call.kinds = {{.name = "H200", .cards = 16, .per_server = 4, .cap = 8}};
  call.regions = {{.name = "outside", .regions = {"busan"}}};
  call.tags = {"n-up"};
  call.needs = {"n-up"};
  call.sizes = {{.name = "large", .from = {8}, .least_score = 7000, .needs = {"n-up"}}};
  call.months = 12;
  call.least_score = 6000;
  call.shares = {{.who = {.applicant_class = "industry"}, .most = 8},
                 {.who = {.region = "outside"}, .least = 4},
                 {.who = {.size = "large"}, .counts = Counts::awards, .most = 1},
                 {.who = {.kind = 0}, .each = Each::organisation, .most = 12}};
  Application a{.name = "a", .project = "p", .organisation = "o", .applicant_class = "industry", .region = "seoul"};
  a.tags = {"n-up"};
  a.score = 7000;
  a.months = 12;
  a.asks = {{.kind = 0, .cards = 8}};
  Application b = a;
  b.name = b.project = "b";
  b.applicant_class = "research";
  b.region = "busan";
  b.asks = {{.kind = 0, .cards = 4}};
  round.applications = {a, b};
  return round;
}

const Awards both{{0, 0, 8}, {1, 0, 4}};

TEST(Check, FindsNothingWhereEveryRuleIsKept) {
  EXPECT_EQ(broken_rules(kept(), both), std::vector<std::string>{});
  EXPECT_EQ(total_of(kept(), both), 14000);
}

struct Broken {
  const char* sentence;
  std::function<void(Round&, Awards&)> change;
};

TEST(Check, FindsEachRuleThatIsBroken) {
  const std::vector<Broken> all{
      {"a has more months than the cap", [](Round& r, Awards&) { r.call.months = 11; }},
      {"a has less than the least score", [](Round& r, Awards&) { r.call.least_score = 7001; }},
      {"a has less than the least score of its size", [](Round& r, Awards&) { r.call.sizes[0].least_score = 7001; }},
      {"a has more cards than the cap", [](Round& r, Awards&) { r.call.kinds[0].cap = 7; }},
      {"a lacks a tag that the call needs", [](Round& r, Awards&) { r.applications[0].tags = {}; }},
      {"a lacks a tag that its size needs", [](Round& r, Awards&) { r.call.sizes[0].needs = {"youth"}; }},
      {"b has not what it asked for", [](Round&, Awards& w) { w[1].cards = 3; }},
      {"b has two awards", [](Round&, Awards& w) { w.push_back(w[1]); }},
      {"more H200 are awarded than offered", [](Round& r, Awards&) { r.call.kinds[0].cards = 11; }},
      {"project p has too many awards", [](Round& r, Awards&) { r.applications[1].project = "p"; }},
      {"project p has more cards than the cap",
       [](Round& r, Awards&) {
         r.applications[1].project = "p";
         r.call.awards_per_project = 2;
       }},
      {"share  has 8, more than its most", [](Round& r, Awards&) { r.call.shares[0].most = 7; }},
      {"share  has 4, less than its least", [](Round& r, Awards&) { r.call.shares[1].least = 5; }},
      {"share  has 0, less than its least", [](Round&, Awards& w) { w.pop_back(); }},
      {"share  has 1, more than its most", [](Round& r, Awards&) { r.call.shares[2].most = 0; }},
      {"share o has 12, more than its most", [](Round& r, Awards&) { r.call.shares[3].most = 11; }},
      {"a has not from its least to its ask",
       [](Round& r, Awards& w) {
         r.call.reducible = true;
         r.applications[0].least = 4;
         w[0].cards = 3;
       }},
      {"a has a part of a server",
       [](Round& r, Awards& w) {
         r.call.reducible = true;
         r.applications[0].least = 4;
         w[0].cards = 7;
       }},
  };
  for (const Broken& broken : all) {
    Round round = kept();
    Awards awards = both;
    broken.change(round, awards);
    const std::vector<std::string> found = broken_rules(round, awards);
    EXPECT_NE(std::find(found.begin(), found.end(), broken.sentence), found.end()) << broken.sentence;
  }
}

}  // namespace
}  // namespace dure::programme
