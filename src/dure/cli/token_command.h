// `dure token`, with `create`, `list` and `revoke`.
#pragma once

#include <string>
#include <vector>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct TokenArguments {
  std::string subject;
  std::vector<std::string> grants;  // `member:nipa/vision`; `operator`
  std::string expires_in;           // `30d`; empty: never
  std::vector<std::string> ids;
  bool json = false;
};

// Prints the token in use; to whom it belongs and where it came from go to the other output.
Result<int> token(const ServerAddress& address, bool json, const Console& console);
// Prints the secret on the standard output, alone; it is told this once.
Result<int> create_token(const TokenArguments& arguments, Connection& connection, const Console& console);
Result<int> list_tokens(const TokenArguments& arguments, Connection& connection, const Console& console);
// Goes on after one that could not be revoked.
Result<int> revoke_tokens(const TokenArguments& arguments, Connection& connection, const Console& console);

}  // namespace dure::cli
