#include "dure/programme/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace dure::programme {
namespace {

class Check {
 public:
  Check(const Round& round, const Awards& awards) : call_(round.call), round_(round), awards_(awards) {}

  std::vector<std::string> all() {
    for (const Award& award : awards_) check_award(award);
    check_offer();
    check_projects();
    for (const Share& share : call_.shares) check_share(share);
    return broken_;
  }

 private:
  const Application& application(const Award& award) const { return round_.applications[award.application]; }
  const Ask& ask(const Award& award) const { return application(award).asks[award.ask]; }

  void require(bool holds, std::string sentence) {
    if (!holds) broken_.push_back(std::move(sentence));
  }

  void check_award(const Award& award) {
    const Application& who = application(award);
    const Kind& kind = call_.kinds[ask(award).kind];
    const std::int64_t score = score_of(call_, who, ask(award));
    require(!call_.months || who.months <= *call_.months, who.name + " has more months than the cap");
    require(score >= call_.least_score, who.name + " has less than the least score");
    require(!kind.cap || award.cards <= *kind.cap, who.name + " has more cards than the cap");
    require(has_all(who, call_.needs), who.name + " lacks a tag that the call needs");
    if (const Size* size = size_of(call_, ask(award))) {
      require(score >= size->least_score, who.name + " has less than the least score of its size");
      require(has_all(who, size->needs), who.name + " lacks a tag that its size needs");
    }
    check_amount(award, who, kind);
  }

  void check_amount(const Award& award, const Application& who, const Kind& kind) {
    if (!call_.reducible || !who.least) {
      require(award.cards == ask(award).cards, who.name + " has not what it asked for");
      return;
    }
    const std::int64_t least = std::min(*who.least, ask(award).cards);
    require(award.cards >= least && award.cards <= ask(award).cards, who.name + " has not from its least to its ask");
    require((award.cards - least) % kind.per_server == 0, who.name + " has a part of a server");
  }

  static bool has_all(const Application& who, const std::vector<std::string>& tags) {
    return std::all_of(tags.begin(), tags.end(), [&](const std::string& tag) { return has_tag(who, tag); });
  }

  void check_offer() {
    std::vector<std::int64_t> cards(call_.kinds.size());
    for (const Award& award : awards_) cards[ask(award).kind] += award.cards;
    for (std::size_t k = 0; k < cards.size(); ++k) {
      require(cards[k] <= call_.kinds[k].cards, "more " + call_.kinds[k].name + " are awarded than offered");
    }
  }

  void check_projects() {
    std::set<std::size_t> seen;
    std::map<std::string, std::int64_t> awards;
    std::map<std::pair<std::string, std::size_t>, std::int64_t> cards;
    for (const Award& award : awards_) {
      const std::string& project = application(award).project;
      require(seen.insert(award.application).second, application(award).name + " has two awards");
      ++awards[project];
      cards[{project, ask(award).kind}] += award.cards;
    }
    for (const auto& [project, count] : awards) {
      require(count <= call_.awards_per_project, "project " + project + " has too many awards");
    }
    for (const auto& [of, sum] : cards) {
      const auto& cap = call_.kinds[of.second].cap;
      require(!cap || sum <= *cap, "project " + of.first + " has more cards than the cap");
    }
  }

  std::string group(const Share& share, const Application& who) const {
    switch (share.each) {
      case Each::applicant_class: return who.applicant_class;
      case Each::region: return who.region;
      case Each::organisation: return who.organisation;
      case Each::none: break;
    }
    return "";
  }

  void check_share(const Share& share) {
    std::map<std::string, std::int64_t> sums;
    if (share.each == Each::none) sums[""] = 0;
    for (const Award& award : awards_) {
      if (!is_about(share.who, call_, application(award), ask(award))) continue;
      sums[group(share, application(award))] += share.counts == Counts::cards ? award.cards : 1;
    }
    for (const auto& [name, sum] : sums) {
      require(!share.most || sum <= *share.most, fmt::format("share {} has {}, more than its most", name, sum));
      require(!share.least || sum >= *share.least, fmt::format("share {} has {}, less than its least", name, sum));
    }
  }

  const Call& call_;
  const Round& round_;
  const Awards& awards_;
  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> broken_rules(const Round& round, const Awards& awards) { return Check(round, awards).all(); }

std::int64_t total_of(const Round& round, const Awards& awards) {
  std::int64_t total = 0;
  for (const Award& award : awards) {
    const Application& who = round.applications[award.application];
    const std::int64_t score = score_of(round.call, who, who.asks[award.ask]);
    total += round.call.weigh == Weigh::cards ? score * award.cards : score;
  }
  return total;
}

}  // namespace dure::programme
