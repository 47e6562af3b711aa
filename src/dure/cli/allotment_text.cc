#include "dure/cli/allotment_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "dure/cli/table.h"
#include "dure/programme/sentences.h"

namespace dure::cli {
namespace {

using namespace programme;

struct Group {
  std::int64_t applied = 0;
  std::int64_t asked = 0;
  std::int64_t awarded = 0;
  std::vector<std::int64_t> cards;  // by kind
};

class Text {
 public:
  Text(const Round& round, const Allotted& allotted, const Console& console)
      : round_(round), call_(round.call), allotted_(allotted), console_(console) {}

  std::string groups() const {
    std::vector<Column> columns{{.title = "WHO", .gives_way = 1},
                                {.title = "APPLIED", .align = Align::right},
                                {.title = "CARDS ASKED", .align = Align::right},
                                {.title = "AWARDED", .align = Align::right}};
    for (const Kind& kind : call_.kinds) columns.push_back({.title = kind.name, .align = Align::right});
    Table table(std::move(columns));
    add_groups(table, "class ", &Application::applicant_class);
    add_groups(table, "region ", &Application::region);
    const auto everyone = [](const Application&) { return std::string(); };
    add_groups(table, "all", everyone);
    return table.draw(console_);
  }

  std::string proof(double seconds) const {
    const Proof& proof = allotted_.proof;
    std::string text = fmt::format("total {}, ", score_text(proof.total));
    if (proof.is_best) {
      text += fmt::format("the best there is ({}); by prices alone none exceeds {}", proof.solver,
                          score_text(proof.price_bound));
    } else {
      text += fmt::format("none exceeds {} ({}): the gap is {:.3f} %", score_text(proof.bound), proof.solver,
                          gap_percent());
    }
    text += fmt::format("; {:.2f} s\n", seconds);
    if (!proof.ties_settled) text += "others may be as good: which of them was taken is the solver's choice\n";
    return text;
  }

  std::string refused() const {
    std::string text;
    for (const Refusal& refusal : allotted_.refused) {
      const Application& who = round_.applications[refusal.application];
      text += fmt::format("\n{} ({}, {}):\n", who.name, score_text(score_of(call_, who, who.asks.front())), asks(who));
      for (const std::string& sentence : sentences_of(round_, allotted_, refusal)) {
        text += fmt::format("  {}\n", sentence);
      }
    }
    return text.empty() ? text : fmt::format("\nrefused: {}\n", allotted_.refused.size()) + text;
  }

 private:
  double gap_percent() const {
    const Proof& proof = allotted_.proof;
    return 100.0 * static_cast<double>(proof.bound - proof.total) /
           static_cast<double>(std::max<std::int64_t>(1, proof.bound));
  }

  std::string asks(const Application& who) const {
    std::string text;
    for (const Ask& ask : who.asks) {
      text += fmt::format("{}{} {}", text.empty() ? "" : " or ", ask.cards, call_.kinds[ask.kind].name);
    }
    return text;
  }

  template <class Name>
  void add_groups(Table& table, const char* noun, const Name& name) const {
    std::map<std::string, Group> groups;
    for (const Application& who : round_.applications) {
      Group& group = groups[std::invoke(name, who)];
      group.cards.resize(call_.kinds.size());
      ++group.applied;
      group.asked += who.asks.front().cards;
    }
    for (const Award& award : allotted_.awards) {
      const Application& who = round_.applications[award.application];
      Group& group = groups[std::invoke(name, who)];
      ++group.awarded;
      group.cards[who.asks[award.ask].kind] += award.cards;
    }
    for (const auto& [value, group] : groups) {
      std::vector<Cell> row{noun + value, fmt::to_string(group.applied), fmt::to_string(group.asked),
                            fmt::to_string(group.awarded)};
      for (const std::int64_t cards : group.cards) row.emplace_back(fmt::to_string(cards));
      table.add(std::move(row));
    }
  }

  const Round& round_;
  const Call& call_;
  const Allotted& allotted_;
  const Console& console_;
};

}  // namespace

std::string allotment_text(const Round& round, const Allotted& allotted, double seconds, const Console& console) {
  const Text text(round, allotted, console);
  return text.groups() + text.proof(seconds) + text.refused();
}

}  // namespace dure::cli
