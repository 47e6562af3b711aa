// The launcher's own file, which root writes and nobody else: who runs as which account.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "dure/base/result.h"
#include "dure/tenancy/account_rules.h"

namespace dure::launcher {

struct Config {
  std::string server = "dure";  // the account that may ask
  std::string socket = "/run/dure/launcher.sock";
  std::filesystem::path folder = "/var/lib/dure-launcher";
  AccountRules accounts;
  std::optional<UidRange> each_tenant;
  std::string cgroup = "/dure";
  std::uint32_t processes_max = 4'096;
  std::int64_t memory_mib = 0;  // of all jobs together; 0: nine tenths of the machine's
  bool fences_gpus = true;      // a job can open the GPUs that were given to it, and no others
  bool yields = true;           // jobs get the CPU time that the server and the rest of the machine leave
};

// Every mistake of the file is in the error.
Result<Config> read_config(const std::filesystem::path& path);

}  // namespace dure::launcher
