#include "dure/programme/integer_program.h"

#include "dure/base/assert.h"

namespace dure::programme {

bool is_kept(const IntegerProgram& program, const Values& values) {
  DURE_ASSERT(values.size() == program.columns.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] < program.columns[i].least || values[i] > program.columns[i].most) return false;
  }
  for (const Row& row : program.rows) {
    std::int64_t sum = 0;
    for (const Term& term : row.terms) sum += term.weight * values[term.column];
    if ((row.least && sum < *row.least) || (row.most && sum > *row.most)) return false;
  }
  return true;
}

std::int64_t gain_of(const IntegerProgram& program, const Values& values) {
  std::int64_t gain = 0;
  for (std::size_t i = 0; i < values.size(); ++i) gain += program.columns[i].gain * values[i];
  return gain;
}

PriceBound price_bound(const IntegerProgram& program, const Prices& prices) {
  DURE_ASSERT(prices.size() == program.rows.size());
  PriceBound found;
  for (const Column& column : program.columns) found.surplus.push_back(Wide{column.gain} * price_unit);
  for (std::size_t i = 0; i < prices.size(); ++i) {
    const Row& row = program.rows[i];
    const std::optional<std::int64_t> bound = prices[i] > 0 ? row.most : row.least;
    if (prices[i] == 0 || !bound) continue;  // a price of a bound that is not there would prove nothing
    found.bound += Wide{prices[i]} * *bound;
    for (const Term& term : row.terms) found.surplus[term.column] -= Wide{prices[i]} * term.weight;
  }
  for (std::size_t i = 0; i < program.columns.size(); ++i) {
    const Wide surplus = found.surplus[i];
    found.bound += surplus * (surplus > 0 ? program.columns[i].most : program.columns[i].least);
  }
  return found;
}

}  // namespace dure::programme
