#include "dure/solver/cbc_solver.h"

#include <Cbc_C_Interface.h>
#include <Clp_C_Interface.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

namespace dure::solver {
namespace {

using programme::Column;
using programme::IntegerProgram;
using programme::Prices;
using programme::Row;
using programme::Solution;
using programme::Term;
using programme::Values;

constexpr double endless = std::numeric_limits<double>::max();  // as the library writes infinity

// The program by columns, as the library takes it.
struct Matrix {
  explicit Matrix(const IntegerProgram& program) {
    std::vector<std::vector<Term>> by_column(program.columns.size());
    for (std::size_t r = 0; r < program.rows.size(); ++r) {
      for (const Term& term : program.rows[r].terms) by_column[term.column].push_back({r, term.weight});
      least.push_back(program.rows[r].least ? static_cast<double>(*program.rows[r].least) : -endless);
      most.push_back(program.rows[r].most ? static_cast<double>(*program.rows[r].most) : endless);
    }
    for (std::size_t c = 0; c < by_column.size(); ++c) {
      starts.push_back(static_cast<int>(rows.size()));
      for (const Term& term : by_column[c]) {
        rows.push_back(static_cast<int>(term.column));
        weights.push_back(static_cast<double>(term.weight));
      }
      column_least.push_back(static_cast<double>(program.columns[c].least));
      column_most.push_back(static_cast<double>(program.columns[c].most));
      gains.push_back(static_cast<double>(program.columns[c].gain));
    }
    starts.push_back(static_cast<int>(rows.size()));
  }

  int column_count() const { return static_cast<int>(gains.size()); }
  int row_count() const { return static_cast<int>(least.size()); }

  std::vector<CoinBigIndex> starts;
  std::vector<int> rows;
  std::vector<double> weights;
  std::vector<double> column_least, column_most, gains;  // by column
  std::vector<double> least, most;                       // by row
};

struct DeleteCbc {
  void operator()(Cbc_Model* model) const { Cbc_deleteModel(model); }
};
struct DeleteClp {
  void operator()(Clp_Simplex* model) const { Clp_deleteModel(model); }
};

constexpr double maximise = -1;

void give_start(Cbc_Model* model, const Values& start) {
  std::vector<int> columns;
  std::vector<double> values;
  for (std::size_t i = 0; i < start.size(); ++i) {
    columns.push_back(static_cast<int>(i));
    values.push_back(static_cast<double>(start[i]));
  }
  Cbc_setMIPStartI(model, static_cast<int>(columns.size()), columns.data(), values.data());
}

Values rounded(const double* solution, std::size_t count) {
  Values values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(std::llround(solution[i]));
  return values;
}

}  // namespace

Solution CbcSolver::solve(const IntegerProgram& program, const Values* start) {
  if (program.columns.empty()) return {.values = Values{}, .is_best = true, .bound = 0};
  const Matrix matrix(program);
  const std::unique_ptr<Cbc_Model, DeleteCbc> model(Cbc_newModel());
  Cbc_loadProblem(model.get(), matrix.column_count(), matrix.row_count(), matrix.starts.data(), matrix.rows.data(),
                  matrix.weights.data(), matrix.column_least.data(), matrix.column_most.data(), matrix.gains.data(),
                  matrix.least.data(), matrix.most.data());
  for (int i = 0; i < matrix.column_count(); ++i) Cbc_setInteger(model.get(), i);
  Cbc_setObjSense(model.get(), maximise);
  Cbc_setLogLevel(model.get(), 0);
  Cbc_setMaximumNodes(model.get(), bounds_.nodes);
  Cbc_setMaximumSeconds(model.get(), static_cast<double>(bounds_.within.whole_seconds()));
  // Gains are whole numbers: what gains less than one more is no better.
  Cbc_setAllowableGap(model.get(), 0.999);
  if (start != nullptr) give_start(model.get(), *start);
  Cbc_solve(model.get());

  Solution found;
  found.is_impossible = Cbc_isProvenInfeasible(model.get()) != 0;
  if (found.is_impossible) return found;
  if (const double* best = Cbc_bestSolution(model.get())) found.values = rounded(best, program.columns.size());
  found.is_best = found.values && Cbc_isProvenOptimal(model.get()) != 0;
  const double bound = Cbc_getBestPossibleObjValue(model.get());
  if (std::isfinite(bound) && std::abs(bound) < 1e15) found.bound = static_cast<std::int64_t>(std::floor(bound + 1e-3));
  return found;
}

Prices CbcSolver::prices(const IntegerProgram& program) {
  Prices prices(program.rows.size());
  if (program.columns.empty() || program.rows.empty()) return prices;
  const Matrix matrix(program);
  const std::unique_ptr<Clp_Simplex, DeleteClp> model(Clp_newModel());
  Clp_setLogLevel(model.get(), 0);
  Clp_loadProblem(model.get(), matrix.column_count(), matrix.row_count(), matrix.starts.data(), matrix.rows.data(),
                  matrix.weights.data(), matrix.column_least.data(), matrix.column_most.data(), matrix.gains.data(),
                  matrix.least.data(), matrix.most.data());
  Clp_setOptimizationDirection(model.get(), maximise);
  Clp_initialSolve(model.get());
  const double* duals = Clp_dualRowSolution(model.get());
  for (std::size_t i = 0; i < prices.size(); ++i) {
    prices[i] = std::llround(duals[i] * static_cast<double>(programme::price_unit));
  }
  return prices;
}

std::string CbcSolver::name() const { return fmt::format("CBC {}", Cbc_getVersion()); }

}  // namespace dure::solver
