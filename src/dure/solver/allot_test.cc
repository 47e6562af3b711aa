#include "dure/programme/allot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/random.h"
#include "dure/programme/check.h"
#include "dure/programme/choices.h"
#include "dure/programme/sentences.h"
#include "dure/solver/cbc_solver.h"

namespace dure::programme {
namespace {

Result<Allotted> decide(const Round& round) {
  solver::CbcSolver solver = solver::CbcSolver::open({}).value();
  return allot(round, solver);
}

Application application(std::string name, std::int64_t score, std::int64_t cards) {
  return {.name = name,
          .project = name,
          .organisation = "o-" + name,
          .applicant_class = "c",
          .region = "r",
          .score = score,
          .asks = {{.kind = 0, .cards = cards}}};
}

Round small(std::vector<Application> applications, std::int64_t cards) {
  Round round;
  round.call.name = "call";
  round.call.kinds = {{.name = "H200", .cards = cards, .per_server = 1}};
  round.call.classes = {"c", "d"};
  round.applications = std::move(applications);
  return round;
}

std::string names(const Round& round, const Awards& awards) {
  std::string text;
  for (const Award& award : awards) text += (text.empty() ? "" : " ") + round.applications[award.application].name;
  return text;
}

std::string reasons(const Round& round, const Allotted& allotted, const std::string& name) {
  std::string text;
  for (const Refusal& refusal : allotted.refused) {
    if (round.applications[refusal.application].name != name) continue;
    for (const std::string& sentence : sentences_of(round, allotted, refusal)) text += sentence + "\n";
  }
  return text;
}

// Draws rounds that are small enough to try everything, with every kind of rule.
class Drawn {
 public:
  explicit Drawn(std::uint64_t seed) : random_(seed) {}

  Round round() {
    Round round = small({}, 8 + pick(20));
    Call& call = round.call;
    call.kinds[0].cap = 6 + pick(6);
    call.kinds.push_back({.name = "B200", .cards = 4 + pick(10), .per_server = 2});
    call.regions = {{.name = "outside", .regions = {"s", "t"}}};
    call.tags = {"n-up"};
    call.months = 12;
    call.least_score = 100;
    call.awards_per_project = 1 + pick(2);
    call.sizes = {{.name = "large", .from = {5, std::nullopt}, .least_score = 300}};
    call.reducible = pick(3) == 0;
    call.weigh = call.reducible || pick(2) == 0 ? Weigh::cards : Weigh::awards;
    if (pick(2) == 0) call.shares.push_back({.who = {.applicant_class = "d"}, .most = 3 + pick(9)});
    if (pick(2) == 0) call.shares.push_back({.who = {.region = "outside"}, .least = 1 + pick(4)});
    if (pick(2) == 0) call.shares.push_back({.who = {.tag = "n-up", .kind = 0}, .counts = Counts::awards, .most = 1});
    if (pick(2) == 0) call.shares.push_back({.who = {}, .each = Each::organisation, .most = 5 + pick(8)});
    if (pick(2) == 0) call.bonuses.push_back({.who = {.region = "outside"}, .points = 50});
    const std::int64_t count = 4 + pick(call.reducible ? 3 : 5);
    for (std::int64_t i = 0; i < count; ++i) round.applications.push_back(application(round.call, i));
    return round;
  }

 private:
  std::int64_t pick(std::int64_t below) {
    return static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(below)));
  }

  Application application(const Call& call, std::int64_t i) {
    Application drawn;
    drawn.name = std::string(1, static_cast<char>('a' + i));
    drawn.project = pick(3) == 0 ? "shared" : drawn.name;
    drawn.organisation = pick(2) == 0 ? "one" : "two";
    drawn.applicant_class = pick(2) == 0 ? "c" : "d";
    drawn.region = std::string(1, static_cast<char>('r' + pick(3)));
    if (pick(3) == 0) drawn.tags = {"n-up"};
    drawn.score = 50 * (1 + pick(9));
    drawn.months = pick(8) == 0 ? 13 : 6;
    const std::size_t first = static_cast<std::size_t>(pick(2));
    drawn.asks = {{.kind = first, .cards = 1 + pick(8)}};
    if (pick(3) == 0) drawn.asks.push_back({.kind = 1 - first, .cards = 1 + pick(8)});
    if (call.reducible && pick(2) == 0) drawn.least = 1 + pick(4);
    return drawn;
  }

  Random random_;
};

// Tries every set of awards, each with every amount, against the rules alone.
class EverySet {
 public:
  explicit EverySet(const Round& round) : round_(round), rank_(choices_of(round).rank) { visit(0); }

  bool is_possible() const { return is_possible_; }
  std::int64_t best() const { return best_; }
  // Of the best, what is first by the rule of ties.
  const Awards& first() const { return first_; }

 private:
  void visit(std::size_t at) {
    if (at == rank_.size()) return judge();
    const std::size_t i = rank_[at];
    const Application& who = round_.applications[i];
    for (std::size_t k = 0; k < who.asks.size(); ++k) {
      const bool is_reducible = round_.call.reducible && who.least;
      const std::int64_t least = is_reducible ? std::min(*who.least, who.asks[k].cards) : who.asks[k].cards;
      // Of two sets that are as good the one that is tried first is kept: the first ask, and more of it, come first.
      for (std::int64_t cards = who.asks[k].cards; cards >= least; --cards) {
        awards_.push_back({i, k, cards});
        visit(at + 1);
        awards_.pop_back();
      }
    }
    visit(at + 1);
  }

  void judge() {
    if (!broken_rules(round_, awards_).empty()) return;
    const std::int64_t total = total_of(round_, awards_);
    if (is_possible_ && total <= best_) return;
    is_possible_ = true;
    best_ = total;
    first_ = awards_;
  }

  const Round& round_;
  std::vector<std::size_t> rank_;
  Awards awards_;
  Awards first_;
  std::int64_t best_ = 0;
  bool is_possible_ = false;
};

bool is_same(const Award& a, const Award& b) {
  return a.application == b.application && a.ask == b.ask && a.cards == b.cards;
}

TEST(Allot, FindsTheFirstOfTheBestSetsThatThereAre) {
  int possible = 0;
  int impossible = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Round round = Drawn(seed).round();
    const EverySet every(round);
    const auto allotted = decide(round);
    ASSERT_EQ(allotted.has_value(), every.is_possible()) << "seed " << seed;
    ++(every.is_possible() ? possible : impossible);
    if (!allotted) continue;
    ASSERT_EQ(allotted->proof.total, every.best()) << "seed " << seed;
    ASSERT_EQ(total_of(round, allotted->awards), every.best()) << "seed " << seed;
    ASSERT_TRUE(allotted->proof.is_best && allotted->proof.ties_settled) << "seed " << seed;
    ASSERT_EQ(allotted->proof.bound, every.best()) << "seed " << seed;
    ASSERT_GE(allotted->proof.price_bound, every.best()) << "seed " << seed;
    ASSERT_TRUE(std::equal(allotted->awards.begin(), allotted->awards.end(), every.first().begin(), every.first().end(),
                           is_same))
        << "seed " << seed << ": " << names(round, allotted->awards) << " for " << names(round, every.first());
  }
  EXPECT_GT(possible, 200);
  EXPECT_GT(impossible, 5);
}

Awards without(Awards awards, const std::vector<std::size_t>& out) {
  std::erase_if(awards,
                [&](const Award& award) { return std::find(out.begin(), out.end(), award.application) != out.end(); });
  return awards;
}

// The call with every limit that is named raised by what is missing.
void raise(Round& round, const Limit& limit, std::int64_t over) {
  for (Kind& kind : round.call.kinds) {
    if (limit.name == "all that is offered" && kind.name == limit.unit) kind.cards += over;
    if (limit.name.starts_with("project ") && kind.name == limit.unit && kind.cap) *kind.cap += over;
  }
  if (limit.name.starts_with("project ") && limit.unit == "awards") round.call.awards_per_project += over;
  for (Share& share : round.call.shares) {
    const bool is_each = share.each != Each::none && limit.name.starts_with("organisation ");
    const bool is_class = share.who.applicant_class && limit.name == "class " + *share.who.applicant_class;
    const bool is_tag = share.who.tag && limit.name == "tag " + *share.who.tag;
    if (share.most && (is_each || is_class || is_tag)) *share.most += over;
  }
}

// What a reason says is done, and the application fits; what it leaves out is not needed.
TEST(Allot, GivesReasonsThatAreTrue) {
  int blocked = 0;
  int replaced = 0;
  int floors = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Round round = Drawn(seed).round();
    const auto allotted = decide(round);
    if (!allotted) continue;
    ASSERT_EQ(allotted->awards.size() + allotted->refused.size(), round.applications.size());
    for (const Refusal& refusal : allotted->refused) {
      ASSERT_FALSE(refusal.faults.empty() && refusal.turned.empty()) << "seed " << seed;
      for (const Fault& fault : refusal.faults) {
        const Ask& ask = round.applications[fault.application].asks[fault.ask];
        EXPECT_FALSE(broken_rules(round, {{fault.application, fault.ask, ask.cards}}).empty()) << "seed " << seed;
      }
      for (const Turned& turned : refusal.turned) {
        const Award wanted{refusal.application, turned.ask, turned.cards};
        Awards with = allotted->awards;
        with.push_back(wanted);
        ASSERT_FALSE(turned.blockers.empty()) << "seed " << seed;
        EXPECT_FALSE(broken_rules(round, with).empty()) << "seed " << seed;
        Round raised = round;
        for (const Blocker& blocker : turned.blockers) {
          Round all_but_one_card = round;
          raise(raised, allotted->limits[blocker.limit], blocker.over);
          raise(all_but_one_card, allotted->limits[blocker.limit], blocker.over - 1);
          EXPECT_FALSE(broken_rules(all_but_one_card, with).empty()) << "seed " << seed;
          ++blocked;
        }
        EXPECT_TRUE(broken_rules(raised, with).empty()) << "seed " << seed << ": " << broken_rules(raised, with)[0];
        for (const Way& way : turned.ways) {
          Awards swapped = without(allotted->awards, way.out);
          swapped.push_back(wanted);
          EXPECT_EQ(broken_rules(round, swapped).empty(), way.floors.empty()) << "seed " << seed;
          const bool is_open = way.floors.empty();
          EXPECT_TRUE(!is_open || way.out_worth >= turned.worth) << "seed " << seed;
          ++(is_open ? replaced : floors);
        }
      }
    }
  }
  EXPECT_GT(blocked, 100);
  EXPECT_GT(replaced, 100);
  EXPECT_GT(floors, 5);
}

TEST(Allot, SaysWhatWasMissingAndWhoWouldHaveToGo) {
  Round round = small({application("a", 9000, 6), application("b", 8000, 4), application("c", 7000, 4)}, 12);
  const auto allotted = decide(round).value();
  EXPECT_EQ(names(round, allotted.awards), "a b");
  EXPECT_EQ(reasons(round, allotted, "c"),
            "would have needed 2 more H200: all that is offered has 10 of 12 H200\n"
            "to take it in, b would go out: 80 for 70\n");
}

TEST(Allot, NamesTheFloorThatKeepsAWorseOneIn) {
  Round round = small({application("a", 9000, 6), application("b", 8000, 4), application("c", 7000, 4)}, 10);
  round.applications[2].region = "far";
  round.call.shares = {{.who = {.region = "far"}, .least = 4}};
  const auto allotted = decide(round).value();
  EXPECT_EQ(names(round, allotted.awards), "a c");
  EXPECT_NE(reasons(round, allotted, "b")
                .find("may not replace c (70 for 80): region far would be left with 0 of at least 4 cards"),
            std::string::npos)
      << reasons(round, allotted, "b");
}

TEST(Allot, RefusesWhatBreaksARuleByItself) {
  Round round = small({application("a", 4000, 9), application("b", 8000, 4)}, 20);
  round.call.kinds[0].cap = 8;
  round.call.least_score = 5000;
  round.call.months = 6;
  round.call.needs = {"n-up"};
  round.applications[0].months = 7;
  round.applications[1].tags = {"n-up"};
  const auto allotted = decide(round).value();
  EXPECT_EQ(names(round, allotted.awards), "b");
  EXPECT_EQ(reasons(round, allotted, "a"),
            "asks for 9 H200, above the cap of 8 cards per project\n"
            "asks for 7 months, above the cap of 6\n"
            "scored 40, below 50\n"
            "lacks the tag n-up, which the call needs\n");
}

// Both sets are worth 80 and fill the offer.
TEST(Allot, GivesTiesToTheHighestScore) {
  const Round round = small({application("x", 4000, 5), application("y", 4000, 5), application("z", 8000, 10)}, 10);
  const auto allotted = decide(round).value();
  EXPECT_EQ(names(round, allotted.awards), "z");
  EXPECT_NE(reasons(round, allotted, "x").find("would have needed 5 more H200"), std::string::npos);
}

TEST(Allot, SaysWhichLeastShareCannotBeMet) {
  Round round = small({application("a", 9000, 6), application("b", 8000, 4)}, 20);
  round.call.shares = {{.who = {.applicant_class = "d"}, .least = 3}, {.who = {.applicant_class = "c"}, .least = 5}};
  const auto allotted = decide(round);
  ASSERT_FALSE(allotted);
  EXPECT_EQ(allotted.error().code, Code::failed);
  EXPECT_EQ(allotted.error().message,
            "no allotment gives every least share its due; class d: at least 3 cards are called for, and 0 can be "
            "reached; lower `least` there, or raise what stands against it");
}

TEST(Allot, GivesPartWhereTheCallAllowsIt) {
  Round round = small({application("a", 9000, 6), application("b", 8000, 6), application("c", 7000, 6)}, 11);
  round.call.weigh = Weigh::cards;
  round.call.reducible = true;
  round.applications[1].least = 2;
  const auto allotted = decide(round).value();
  EXPECT_EQ(names(round, allotted.awards), "a b");
  EXPECT_EQ(allotted.awards[1].cards, 5);
}

TEST(Allot, AwardsNothingWhereNothingMayBeAwarded) {
  const Round round = small({application("a", 9000, 6)}, 5);
  const auto allotted = decide(round).value();
  EXPECT_TRUE(allotted.awards.empty());
  EXPECT_EQ(reasons(round, allotted, "a"), "asks for 6 H200 of 5 that are offered\n");
}

}  // namespace
}  // namespace dure::programme
