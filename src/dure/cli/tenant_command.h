// `dure tenants`, `dure usage` and `dure apply`.
#pragma once

#include <string>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct TenantArguments {
  std::string tenant;  // with those below it; empty: all
  bool json = false;
};
Result<int> tenants(const TenantArguments& arguments, Connection& connection, const Console& console);
Result<int> usage(const TenantArguments& arguments, Connection& connection, const Console& console);

struct ApplyArguments {
  std::string file;  // `-`: standard input
  bool dry_run = false;
  bool json = false;
};
// Makes the tenants of the server those of the file.
Result<int> apply_file(const ApplyArguments& arguments, Connection& connection, const Console& console);

}  // namespace dure::cli
