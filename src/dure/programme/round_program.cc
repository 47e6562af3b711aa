#include "dure/programme/round_program.h"

#include <map>
#include <utility>

namespace dure::programme {
namespace {

class Builder {
 public:
  Builder(const Call& call, const std::vector<Choice>& choices) : call_(call), choices_(choices) {}

  RoundProgram build(const std::vector<Limit>& limits) {
    for (const Choice& choice : choices_) add_columns(choice);
    for (const Limit& limit : limits) built_.program.rows.push_back(row_of(limit));
    add_alternatives();
    for (std::size_t i = 0; i < choices_.size(); ++i) add_steps_row(i);
    return std::move(built_);
  }

 private:
  std::size_t add_column(Column column) {
    built_.program.columns.push_back(column);
    return built_.program.columns.size() - 1;
  }

  void add_columns(const Choice& choice) {
    ChoiceColumns columns{.awarded = add_column({.gain = worth(call_, choice, choice.least)})};
    if (choice.most > choice.least) {
      const std::int64_t gain = worth(call_, choice, choice.least + choice.step) - worth(call_, choice, choice.least);
      columns.steps = add_column({.gain = gain, .most = (choice.most - choice.least) / choice.step});
    }
    built_.columns.push_back(columns);
  }

  Row row_of(const Limit& limit) const {
    Row row{.terms = {}, .least = limit.least, .most = limit.most};
    for (const std::size_t i : limit.members) {
      const bool of_cards = limit.counts == Counts::cards;
      row.terms.push_back({built_.columns[i].awarded, of_cards ? choices_[i].least : 1});
      if (of_cards && built_.columns[i].steps) row.terms.push_back({*built_.columns[i].steps, choices_[i].step});
    }
    return row;
  }

  // One award an application.
  void add_alternatives() {
    std::map<std::size_t, std::vector<Term>> by_application;
    for (std::size_t i = 0; i < choices_.size(); ++i) {
      by_application[choices_[i].application].push_back({built_.columns[i].awarded, 1});
    }
    for (auto& [application, terms] : by_application) {
      if (terms.size() > 1) built_.program.rows.push_back({.terms = std::move(terms), .least = {}, .most = 1});
    }
  }

  // No steps without an award.
  void add_steps_row(std::size_t i) {
    const ChoiceColumns& columns = built_.columns[i];
    if (!columns.steps) return;
    const std::int64_t most = built_.program.columns[*columns.steps].most;
    built_.program.rows.push_back({.terms = {{*columns.steps, 1}, {columns.awarded, -most}}, .least = {}, .most = 0});
  }

  const Call& call_;
  const std::vector<Choice>& choices_;
  RoundProgram built_;
};

}  // namespace

RoundProgram program_of(const Call& call, const std::vector<Choice>& choices, const std::vector<Limit>& limits) {
  return Builder(call, choices).build(limits);
}

std::vector<std::int64_t> cards_of(const RoundProgram& round, const std::vector<Choice>& choices,
                                   const Values& values) {
  std::vector<std::int64_t> cards(choices.size());
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const ChoiceColumns& columns = round.columns[i];
    if (values[columns.awarded] == 0) continue;
    cards[i] = choices[i].least + (columns.steps ? values[*columns.steps] * choices[i].step : 0);
  }
  return cards;
}

}  // namespace dure::programme
