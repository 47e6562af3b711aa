#include "dure/solver/cbc_solver.h"

#include <Cbc_C_Interface.h>
#include <Clp_C_Interface.h>
#include <dlfcn.h>
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

// The functions of the libraries that are used. Loaded where a round is decided, and not with each command: there are
// thirteen of them, with all that they need.
struct Library {
  void* cbc;
  void* clp;
  decltype(&::Cbc_newModel) cbc_new_model = find<decltype(&::Cbc_newModel)>(cbc, "Cbc_newModel");
  decltype(&::Cbc_deleteModel) cbc_delete_model = find<decltype(&::Cbc_deleteModel)>(cbc, "Cbc_deleteModel");
  decltype(&::Cbc_loadProblem) cbc_load_problem = find<decltype(&::Cbc_loadProblem)>(cbc, "Cbc_loadProblem");
  decltype(&::Cbc_setInteger) cbc_set_integer = find<decltype(&::Cbc_setInteger)>(cbc, "Cbc_setInteger");
  decltype(&::Cbc_setObjSense) cbc_set_obj_sense = find<decltype(&::Cbc_setObjSense)>(cbc, "Cbc_setObjSense");
  decltype(&::Cbc_setLogLevel) cbc_set_log_level = find<decltype(&::Cbc_setLogLevel)>(cbc, "Cbc_setLogLevel");
  decltype(&::Cbc_setMaximumNodes) cbc_set_maximum_nodes =
      find<decltype(&::Cbc_setMaximumNodes)>(cbc, "Cbc_setMaximumNodes");
  decltype(&::Cbc_setMaximumSeconds) cbc_set_maximum_seconds =
      find<decltype(&::Cbc_setMaximumSeconds)>(cbc, "Cbc_setMaximumSeconds");
  decltype(&::Cbc_setAllowableGap) cbc_set_allowable_gap =
      find<decltype(&::Cbc_setAllowableGap)>(cbc, "Cbc_setAllowableGap");
  decltype(&::Cbc_setMIPStartI) cbc_set_mip_start = find<decltype(&::Cbc_setMIPStartI)>(cbc, "Cbc_setMIPStartI");
  decltype(&::Cbc_solve) cbc_solve = find<decltype(&::Cbc_solve)>(cbc, "Cbc_solve");
  decltype(&::Cbc_isProvenInfeasible) cbc_is_proven_infeasible =
      find<decltype(&::Cbc_isProvenInfeasible)>(cbc, "Cbc_isProvenInfeasible");
  decltype(&::Cbc_isProvenOptimal) cbc_is_proven_optimal =
      find<decltype(&::Cbc_isProvenOptimal)>(cbc, "Cbc_isProvenOptimal");
  decltype(&::Cbc_bestSolution) cbc_best_solution = find<decltype(&::Cbc_bestSolution)>(cbc, "Cbc_bestSolution");
  decltype(&::Cbc_getBestPossibleObjValue) cbc_get_best_possible_obj_value =
      find<decltype(&::Cbc_getBestPossibleObjValue)>(cbc, "Cbc_getBestPossibleObjValue");
  decltype(&::Cbc_getVersion) cbc_get_version = find<decltype(&::Cbc_getVersion)>(cbc, "Cbc_getVersion");
  decltype(&::Clp_newModel) clp_new_model = find<decltype(&::Clp_newModel)>(clp, "Clp_newModel");
  decltype(&::Clp_deleteModel) clp_delete_model = find<decltype(&::Clp_deleteModel)>(clp, "Clp_deleteModel");
  decltype(&::Clp_setLogLevel) clp_set_log_level = find<decltype(&::Clp_setLogLevel)>(clp, "Clp_setLogLevel");
  decltype(&::Clp_loadProblem) clp_load_problem = find<decltype(&::Clp_loadProblem)>(clp, "Clp_loadProblem");
  decltype(&::Clp_setOptimizationDirection) clp_set_optimization_direction =
      find<decltype(&::Clp_setOptimizationDirection)>(clp, "Clp_setOptimizationDirection");
  decltype(&::Clp_initialSolve) clp_initial_solve = find<decltype(&::Clp_initialSolve)>(clp, "Clp_initialSolve");
  decltype(&::Clp_dualRowSolution) clp_dual_row_solution =
      find<decltype(&::Clp_dualRowSolution)>(clp, "Clp_dualRowSolution");

  // Null where one is missing.
  static const Library* loaded() {
    static const Library library{::dlopen("libCbcSolver.so.3", RTLD_NOW | RTLD_LOCAL),
                                 ::dlopen("libClp.so.1", RTLD_NOW | RTLD_LOCAL)};
    return library.cbc != nullptr && library.clp != nullptr ? &library : nullptr;
  }

 private:
  template <class Function>
  static Function find(void* library, const char* name) {
    return library != nullptr ? reinterpret_cast<Function>(::dlsym(library, name)) : nullptr;
  }
};

// Only where it is loaded is there a solver.
const Library& library() { return *Library::loaded(); }

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
  void operator()(Cbc_Model* model) const { library().cbc_delete_model(model); }
};
struct DeleteClp {
  void operator()(Clp_Simplex* model) const { library().clp_delete_model(model); }
};

constexpr double maximise = -1;

void give_start(Cbc_Model* model, const Values& start) {
  std::vector<int> columns;
  std::vector<double> values;
  for (std::size_t i = 0; i < start.size(); ++i) {
    columns.push_back(static_cast<int>(i));
    values.push_back(static_cast<double>(start[i]));
  }
  library().cbc_set_mip_start(model, static_cast<int>(columns.size()), columns.data(), values.data());
}

Values rounded(const double* solution, std::size_t count) {
  Values values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(std::llround(solution[i]));
  return values;
}

}  // namespace

Result<CbcSolver> CbcSolver::open(SearchBounds bounds) {
  if (Library::loaded() != nullptr) return CbcSolver(bounds);
  return fail(
      Code::unavailable,
      "the solver CBC is not here: libCbcSolver.so.3 and libClp.so.1; install coinor-libcbc3 and coinor-libclp1");
}

Solution CbcSolver::solve(const IntegerProgram& program, const Values* start) {
  if (program.columns.empty()) return {.values = Values{}, .is_best = true, .bound = 0};
  const Matrix matrix(program);
  const std::unique_ptr<Cbc_Model, DeleteCbc> model(library().cbc_new_model());
  library().cbc_load_problem(model.get(), matrix.column_count(), matrix.row_count(), matrix.starts.data(),
                             matrix.rows.data(), matrix.weights.data(), matrix.column_least.data(),
                             matrix.column_most.data(), matrix.gains.data(), matrix.least.data(), matrix.most.data());
  for (int i = 0; i < matrix.column_count(); ++i) library().cbc_set_integer(model.get(), i);
  library().cbc_set_obj_sense(model.get(), maximise);
  library().cbc_set_log_level(model.get(), 0);
  library().cbc_set_maximum_nodes(model.get(), bounds_.nodes);
  library().cbc_set_maximum_seconds(model.get(), static_cast<double>(bounds_.within.whole_seconds()));
  // Gains are whole numbers: what gains less than one more is no better.
  library().cbc_set_allowable_gap(model.get(), 0.999);
  if (start != nullptr) give_start(model.get(), *start);
  library().cbc_solve(model.get());

  Solution found;
  found.is_impossible = library().cbc_is_proven_infeasible(model.get()) != 0;
  if (found.is_impossible) return found;
  if (const double* best = library().cbc_best_solution(model.get()))
    found.values = rounded(best, program.columns.size());
  found.is_best = found.values && library().cbc_is_proven_optimal(model.get()) != 0;
  const double bound = library().cbc_get_best_possible_obj_value(model.get());
  if (std::isfinite(bound) && std::abs(bound) < 1e15) found.bound = static_cast<std::int64_t>(std::floor(bound + 1e-3));
  return found;
}

Prices CbcSolver::prices(const IntegerProgram& program) {
  Prices prices(program.rows.size());
  if (program.columns.empty() || program.rows.empty()) return prices;
  const Matrix matrix(program);
  const std::unique_ptr<Clp_Simplex, DeleteClp> model(library().clp_new_model());
  library().clp_set_log_level(model.get(), 0);
  library().clp_load_problem(model.get(), matrix.column_count(), matrix.row_count(), matrix.starts.data(),
                             matrix.rows.data(), matrix.weights.data(), matrix.column_least.data(),
                             matrix.column_most.data(), matrix.gains.data(), matrix.least.data(), matrix.most.data());
  library().clp_set_optimization_direction(model.get(), maximise);
  library().clp_initial_solve(model.get());
  const double* duals = library().clp_dual_row_solution(model.get());
  for (std::size_t i = 0; i < prices.size(); ++i) {
    prices[i] = std::llround(duals[i] * static_cast<double>(programme::price_unit));
  }
  return prices;
}

std::string CbcSolver::name() const { return fmt::format("CBC {}", library().cbc_get_version()); }

}  // namespace dure::solver
