// `dure call`, of calls that a server keeps: from opening to decision.
#pragma once

#include <string>
#include <vector>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

// As typed; what is empty was not given.
struct RoundArguments {
  std::string file;
  std::string programme;
  std::string from;
  std::string call;
  std::string application;
  std::string tenant;
  std::string name;
  std::string organisation;
  std::string applicant_class;
  std::string region;
  std::vector<std::string> tags;
  std::vector<std::string> asks;
  std::string months;
  std::string least;
  std::string score;
  std::string why;
  std::string within;
  bool dry_run = false;
  bool json = false;
};

Result<int> list_calls(const RoundArguments& arguments, Connection& connection, const Console& console);
Result<int> show_call(const RoundArguments& arguments, Connection& connection, const Console& console);
Result<int> open_call(const RoundArguments& arguments, Connection& connection, const Console& console);
Result<int> apply_to_call(const RoundArguments& arguments, Connection& connection, const Console& console);
Result<int> review_application(const RoundArguments& arguments, Connection& connection, const Console& console);
// Finds the best awards, and has the server make them.
Result<int> decide_call(const RoundArguments& arguments, Connection& connection, const Console& console);

}  // namespace dure::cli
