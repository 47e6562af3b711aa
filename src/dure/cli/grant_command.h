// `dure grants`.
#pragma once

#include <string>
#include <vector>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

// As typed; what is empty was not given.
struct GrantArguments {
  std::string tenant;
  std::string programme;
  std::string id;
  std::vector<std::string> kinds;
  std::string cards;
  std::string credits;
  std::string from;
  std::string to;
  std::string lasts;
  std::string lots;
  std::string why;
  bool is_refused = false;  // an appeal
  bool dry_run = false;
  bool json = false;
  Result<int> (*act)(const GrantArguments&, Connection&, const Console&) = nullptr;  // null: list them
};

Result<int> list_grants(const GrantArguments& arguments, Connection& connection, const Console& console);
Result<int> show_grant(const GrantArguments& arguments, Connection& connection, const Console& console);
Result<int> award_grant(const GrantArguments& arguments, Connection& connection, const Console& console);
Result<int> close_grant(const GrantArguments& arguments, Connection& connection, const Console& console);
Result<int> refund_grant(const GrantArguments& arguments, Connection& connection, const Console& console);
Result<int> appeal_for_grant(const GrantArguments& arguments, Connection& connection, const Console& console);
Result<int> decide_appeal(const GrantArguments& arguments, Connection& connection, const Console& console);

}  // namespace dure::cli
