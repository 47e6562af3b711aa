// `dure audit verify | dump`, on a data folder, and `dure audit read`, from a server.
#pragma once

#include <cstdint>
#include <string>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct AuditArguments {
  std::string data;         // the folder; empty: where a server keeps it unless told
  std::string known;        // `NUMBER:HASH` of a row that was noted before
  std::uint64_t after = 0;  // reads from the row that follows
  bool json = false;
};

// Each returns the exit code.
Result<int> verify_audit(const AuditArguments& arguments);
Result<int> dump_audit(const AuditArguments& arguments);
Result<int> read_audit(const AuditArguments& arguments, Connection& connection, const Console& console);

}  // namespace dure::cli
