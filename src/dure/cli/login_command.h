// `dure login`.
#pragma once

#include <string>

#include "dure/cli/console.h"
#include "dure/cli/server_address.h"

namespace dure::cli {

struct LoginArguments {
  std::string url;
  std::string token_file;        // `-`: standard input; empty: DURE_TOKEN, or it is asked for
  std::string fingerprint = {};  // of the server's key, agreed on already
  std::string ca_file = {};      // the certificate of the site's own authority
  bool json = false;
};
// Tries the token, and keeps it with the address for the next commands.
Result<int> login(const LoginArguments& arguments, const Environment& environment, const Console& console);

}  // namespace dure::cli
