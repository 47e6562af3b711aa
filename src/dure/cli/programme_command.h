// `dure programme`.
#pragma once

#include <string>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct ProgrammeArguments {
  std::string file;  // `-`: standard input
  bool dry_run = false;
  bool json = false;
};

// Rates, programmes and grants of the file: all of it or nothing.
Result<int> apply_programmes(const ProgrammeArguments& arguments, Connection& connection, const Console& console);
Result<int> list_programmes(const ProgrammeArguments& arguments, Connection& connection, const Console& console);

// Sends a document of the ledger; `name` stands for it in messages.
Result<int> declare_ledger(const std::string& text, const std::string& name, bool is_dry_run, bool json,
                           Connection& connection, const Console& console);
// What was done, or would be, a line each.
std::string booked_text(const Answer& answer, bool is_dry_run);

}  // namespace dure::cli
