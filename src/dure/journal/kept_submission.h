// A submission that came with a key, so that asking again never submits twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/ids.h"

namespace dure {

// The jobs that one document became: consecutive ids.
struct KeptJobs {
  JobId first;
  std::uint32_t count = 1;
  bool operator==(const KeptJobs&) const = default;
};

struct KeptSubmission {
  std::string key;                            // the client's
  std::string request;                        // a hash of what was asked
  std::vector<std::optional<KeptJobs>> jobs;  // by document; nullopt if it was refused
  bool operator==(const KeptSubmission&) const = default;
};

// As they lie in the journal: `12:1,-,13:100`.
std::string to_text(const std::vector<std::optional<KeptJobs>>& jobs);
// nullopt for what to_text does not write.
std::optional<std::vector<std::optional<KeptJobs>>> parse_kept_jobs(std::string_view text);

}  // namespace dure
