// `dure serve`: the control plane on this machine.
#pragma once

#include <string>

namespace dure::cli {

struct ServeArguments {
  std::string config;        // a file; empty: what holds without one
  std::string data;          // takes the place of the configured folder
  std::string listen;        // takes the place of the configured address
  int emulated = -1;         // likewise of the devices
  bool trusts_jobs = false;  // as `trust_jobs: true`
  bool checks_only = false;  // reads the configuration and ends
  bool prints_reference = false;
};

// Returns the exit code. `version` is told to whoever asks.
int serve(const ServeArguments& arguments, const std::string& version);

}  // namespace dure::cli
