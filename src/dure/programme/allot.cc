#include "dure/programme/allot.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dure/programme/check.h"
#include "dure/programme/limits.h"
#include "dure/programme/round_program.h"
#include "dure/programme/ties.h"

namespace dure::programme {
namespace {

// Rounded down, also below zero.
std::int64_t whole_of(Wide millionths) {
  Wide whole = millionths / price_unit;
  if (whole * price_unit > millionths) --whole;
  return static_cast<std::int64_t>(whole);
}

class Decision {
 public:
  Decision(const Round& round, Solver& solver)
      : round_(round),
        solver_(solver),
        choices_(choices_of(round)),
        limits_(limits_of(round, choices_.choices)),
        built_(program_of(round.call, choices_.choices, limits_)) {}

  Result<Allotted> decide() {
    prices_ = solver_.prices(built_.program);
    const Solution found = solver_.solve(built_.program, nullptr);
    if (found.is_impossible) return tl::unexpected(short_of_least());
    if (!found.values || !is_kept(built_.program, *found.values)) {
      return fail(Code::failed, "the solver found no allotment within its bounds; raise --within");
    }
    Values values = *found.values;
    Proof proof = proof_of(found, values);
    if (proof.is_best) {
      Settled settled = settle_ties(built_.program, prices_, values, order(), solver_);
      values = std::move(settled.values);
      proof.ties_settled = settled.is_settled;
    }
    return result(values, std::move(proof));
  }

 private:
  Proof proof_of(const Solution& found, const Values& values) const {
    Proof proof{.total = gain_of(built_.program, values), .is_best = found.is_best, .solver = solver_.name()};
    proof.price_bound = whole_of(price_bound(built_.program, prices_).bound);
    proof.bound = std::min(proof.price_bound, found.is_best ? proof.total : found.bound.value_or(proof.price_bound));
    proof.is_best = proof.bound == proof.total;
    return proof;
  }

  // The columns by rank of their applications.
  std::vector<std::size_t> order() const {
    std::vector<std::vector<std::size_t>> by_application(round_.applications.size());
    for (std::size_t i = 0; i < choices_.choices.size(); ++i) {
      auto& columns = by_application[choices_.choices[i].application];
      columns.push_back(built_.columns[i].awarded);
      if (built_.columns[i].steps) columns.push_back(*built_.columns[i].steps);
    }
    std::vector<std::size_t> order;
    for (const std::size_t application : choices_.rank) {
      order.insert(order.end(), by_application[application].begin(), by_application[application].end());
    }
    return order;
  }

  // Asks for the smallest sum of what the least shares lack, which says where.
  Error short_of_least() {
    IntegerProgram lenient = built_.program;
    for (Column& column : lenient.columns) column.gain = 0;
    std::vector<std::pair<std::size_t, std::size_t>> lacks;  // limit, column
    for (std::size_t l = 0; l < limits_.size(); ++l) {
      if (!limits_[l].least) continue;
      lacks.emplace_back(l, lenient.columns.size());
      lenient.rows[l].terms.push_back({lenient.columns.size(), 1});
      lenient.rows[l].most.reset();
      Row still_most = built_.program.rows[l];
      still_most.least.reset();
      if (still_most.most) lenient.rows.push_back(std::move(still_most));
      lenient.columns.push_back({.gain = -1, .most = *limits_[l].least});
    }
    const Solution found = solver_.solve(lenient, nullptr);
    std::string message = "no allotment gives every least share its due";
    if (found.values) {
      for (const auto& [l, column] : lacks) {
        const std::int64_t lack = (*found.values)[column];
        if (lack == 0) continue;
        message += fmt::format("; {}: at least {} {} are called for, and {} can be reached", limits_[l].name,
                               *limits_[l].least, limits_[l].unit, *limits_[l].least - lack);
      }
    }
    return {.code = Code::failed, .message = message + "; lower `least` there, or raise what stands against it"};
  }

  Result<Allotted> result(const Values& values, Proof proof) {
    const std::vector<std::int64_t> cards = cards_of(built_, choices_.choices, values);
    Allotted allotted{.proof = std::move(proof)};
    std::vector<Award> by_application(round_.applications.size());
    for (std::size_t i = 0; i < cards.size(); ++i) {
      const Choice& choice = choices_.choices[i];
      if (cards[i] > 0) by_application[choice.application] = {choice.application, choice.ask, cards[i]};
    }
    for (const std::size_t i : choices_.rank) {
      if (by_application[i].cards > 0) allotted.awards.push_back(by_application[i]);
    }
    const std::vector<std::string> broken = broken_rules(round_, allotted.awards);
    if (!broken.empty()) return fail(Code::failed, "the allotment that was found breaks a rule: " + broken.front());
    allotted.refused = reasons_of(round_, choices_, limits_, cards);
    allotted.limits = limits_;
    allotted.used = used(cards);
    allotted.prices.assign(prices_.begin(), prices_.begin() + static_cast<std::ptrdiff_t>(limits_.size()));
    return allotted;
  }

  std::vector<std::int64_t> used(const std::vector<std::int64_t>& cards) const {
    std::vector<std::int64_t> used(limits_.size());
    for (std::size_t l = 0; l < limits_.size(); ++l) {
      for (const std::size_t i : limits_[l].members) {
        used[l] += limits_[l].counts == Counts::cards ? cards[i] : (cards[i] > 0 ? 1 : 0);
      }
    }
    return used;
  }

  const Round& round_;
  Solver& solver_;
  Choices choices_;
  std::vector<Limit> limits_;
  RoundProgram built_;
  Prices prices_;
};

}  // namespace

Result<Allotted> allot(const Round& round, Solver& solver) { return Decision(round, solver).decide(); }

}  // namespace dure::programme
