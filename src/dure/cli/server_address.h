// Where the server is, and what it is told to be let in.
#pragma once

#include <functional>
#include <string>

#include "dure/base/result.h"

namespace dure::cli {

// Returns the value of a variable, empty if it is not set.
using Environment = std::function<std::string(const std::string& name)>;
Environment environment_of_process();

struct ServerAddress {
  std::string url;
  std::string url_from;  // what named it: `--server`, `DURE_SERVER` or a file
  std::string token;     // empty: none is known
  std::string token_from;
  std::string fingerprint = {};  // of the server's key; empty: an authority vouches for it
  std::string ca_file = {};      // that authority's certificate; empty: one that the system knows
};

// Looks at `given` (the option --server), DURE_SERVER, what `dure login` wrote, and the folder of a server of this
// machine, in this order. A token of a file is only ever sent to the address beside it. DURE_FINGERPRINT goes before a
// fingerprint in a file.
Result<ServerAddress> find_server(const std::string& given, const Environment& environment);

// Where `dure login` writes `server`, `token`, `fingerprint` and `ca.pem`.
Result<std::string> login_folder(const Environment& environment);

}  // namespace dure::cli
