// What a solver is asked: the largest gain in whole numbers under linear rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace dure::programme {

struct Term {
  std::size_t column = 0;
  std::int64_t weight = 0;
};

// least <= sum of weight * value <= most.
struct Row {
  std::vector<Term> terms;
  std::optional<std::int64_t> least;
  std::optional<std::int64_t> most;
};

// 0 <= least <= value <= most.
struct Column {
  std::int64_t gain = 0;
  std::int64_t least = 0;
  std::int64_t most = 1;
};

struct IntegerProgram {
  std::vector<Column> columns;
  std::vector<Row> rows;
};

using Values = std::vector<std::int64_t>;  // by column

// Whether the values keep the columns' bounds and all rows.
bool is_kept(const IntegerProgram& program, const Values& values);
std::int64_t gain_of(const IntegerProgram& program, const Values& values);

// What one more in a row's bound is worth, in millionths: not negative for `most`, not positive for `least`.
constexpr std::int64_t price_unit = 1'000'000;
using Prices = std::vector<std::int64_t>;  // by row

__extension__ using Wide = __int128;

// What no values that keep the rows can exceed. Holds for whatever prices, good ones make it tight: at those prices,
// each column is taken by itself where it gains more than it costs.
struct PriceBound {
  Wide bound = 0;             // in millionths
  std::vector<Wide> surplus;  // by column: gain less cost, in millionths
};
PriceBound price_bound(const IntegerProgram& program, const Prices& prices);

}  // namespace dure::programme
