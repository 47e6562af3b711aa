// `dure statement`, `dure balance` and `dure loans`.
#pragma once

#include <string>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct StatementArguments {
  std::string tenant;  // with those below it; empty: all
  std::string month;   // `2026-03`; empty: all
  std::string verify;  // a server's data folder, to be looked at without the server
  bool json = false;
};

Result<int> statement(const StatementArguments& arguments, Connection& connection, const Console& console);
// Counts all accounts once more from the facts of the journal, by means of its own; 1 if anything differs.
Result<int> verify_statements(const StatementArguments& arguments, const Console& console);
Result<int> balance(const StatementArguments& arguments, Connection& connection, const Console& console);
Result<int> loans(const StatementArguments& arguments, Connection& connection, const Console& console);

}  // namespace dure::cli
