// The launcher's own file, which root writes and nobody else: who runs as which account.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"

namespace dure::launcher {

// Both are of it.
struct UidRange {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  bool has(std::uint32_t uid) const { return from <= uid && uid <= to; }
};

// For jobs of a tenant and those below it, or of a user, or of a user in a tenant; an empty one is any.
struct AccountRule {
  std::string tenant;
  std::string user;
  std::string account;  // a name, or a number of one that has none
};

inline constexpr std::uint32_t least_uid = 1'000;

struct Config {
  std::string server = "dure";  // the account that may ask
  std::string socket = "/run/dure/launcher.sock";
  std::filesystem::path folder = "/var/lib/dure-launcher";
  UidRange uids{least_uid, 59'999};
  std::vector<AccountRule> accounts;
  std::optional<UidRange> each_tenant;
  std::string cgroup = "/dure";
  std::uint32_t processes_max = 4'096;
  std::int64_t memory_mib = 0;  // of all jobs together; 0: nine tenths of the machine's
  bool fences_gpus = true;      // a job can open the GPUs that were given to it, and no others
  bool yields = true;           // jobs get the CPU time that the server and the rest of the machine leave
};

// Every mistake of the file is in the error.
Result<Config> read_config(const std::filesystem::path& path);

// An error unless root alone can have written the file, and the folders above it.
Result<void> check_is_of_root(const std::filesystem::path& path);

}  // namespace dure::launcher
