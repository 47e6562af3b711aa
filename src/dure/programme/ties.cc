#include "dure/programme/ties.h"

#include <utility>

namespace dure::programme {
namespace {

// Several columns are settled by one question, in which an earlier one outweighs all later ones; more would ask for
// more digits than a solver in floating point tells apart.
constexpr std::int64_t most_weight = 1 << 20;

class Ties {
 public:
  Ties(const IntegerProgram& program, const Prices& prices, const Values& best, Solver& solver)
      : asked_(program), values_(best), solver_(solver) {
    fix_by_prices(program, price_bound(program, prices), gain_of(program, best));
    Row as_good{.terms = {}, .least = gain_of(program, best), .most = {}};
    for (std::size_t i = 0; i < program.columns.size(); ++i) {
      if (program.columns[i].gain != 0) as_good.terms.push_back({i, program.columns[i].gain});
      asked_.columns[i].gain = 0;
    }
    asked_.rows.push_back(std::move(as_good));
  }

  Settled settle(const std::vector<std::size_t>& order) {
    std::vector<std::size_t> open;
    for (const std::size_t i : order) {
      if (asked_.columns[i].least < asked_.columns[i].most) open.push_back(i);
    }
    for (std::size_t begin = 0; begin < open.size();) {
      const std::size_t end = end_of_question(open, begin);
      if (!settle(open, begin, end)) return {.values = values_, .is_settled = false};
      begin = end;
    }
    return {.values = values_, .is_settled = true};
  }

 private:
  // At these prices whoever takes the column otherwise falls behind the best by its surplus, more than there is to
  // lose.
  void fix_by_prices(const IntegerProgram& program, const PriceBound& priced, std::int64_t best) {
    const Wide slack = priced.bound - Wide{best} * price_unit;
    for (std::size_t i = 0; i < program.columns.size(); ++i) {
      Column& column = asked_.columns[i];
      if (priced.surplus[i] > slack) column.least = column.most;
      if (-priced.surplus[i] > slack) column.most = column.least;
    }
  }

  std::int64_t range(std::size_t column) const { return asked_.columns[column].most - asked_.columns[column].least; }

  std::size_t end_of_question(const std::vector<std::size_t>& open, std::size_t begin) const {
    std::int64_t weight = 1;
    std::size_t end = begin;
    do {
      weight *= range(open[end++]) + 1;
    } while (end < open.size() && weight * (range(open[end]) + 1) <= most_weight);
    return end;
  }

  bool are_at_most(const std::vector<std::size_t>& open, std::size_t begin, std::size_t end) const {
    for (std::size_t i = begin; i < end; ++i) {
      if (values_[open[i]] != asked_.columns[open[i]].most) return false;
    }
    return true;
  }

  bool settle(const std::vector<std::size_t>& open, std::size_t begin, std::size_t end) {
    if (!are_at_most(open, begin, end)) {
      std::int64_t weight = 1;
      for (std::size_t i = end; i-- > begin;) {
        asked_.columns[open[i]].gain = weight;
        weight *= range(open[i]) + 1;
      }
      const Solution found = solver_.solve(asked_, &values_);
      if (!found.is_best || !found.values || !is_kept(asked_, *found.values)) return false;
      values_ = *found.values;
    }
    for (std::size_t i = begin; i < end; ++i) {
      const std::int64_t value = values_[open[i]];
      asked_.columns[open[i]] = {.gain = 0, .least = value, .most = value};
    }
    return true;
  }

  IntegerProgram asked_;
  Values values_;
  Solver& solver_;
};

}  // namespace

Settled settle_ties(const IntegerProgram& program, const Prices& prices, const Values& best,
                    const std::vector<std::size_t>& order, Solver& solver) {
  return Ties(program, prices, best, solver).settle(order);
}

}  // namespace dure::programme
