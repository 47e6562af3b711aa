// A job as a person names it, and the jobs that are meant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/cli/connection.h"

namespace dure::cli {

// `12`, or `10_2`: the one with index 2 of the array that job 10 began.
struct JobRef {
  std::uint64_t job = 0;
  std::optional<std::uint32_t> index;

  bool operator==(const JobRef&) const = default;
};
std::string to_text(const JobRef& ref);

Result<JobRef> parse_job_ref(std::string_view text);
Result<std::vector<JobRef>> parse_job_refs(const std::vector<std::string>& texts);

// Returns the id that the server knows the job by.
Result<std::uint64_t> find_job(Connection& connection, const JobRef& ref);

// Which jobs of an array `10` stands for.
enum class Which : std::uint8_t { not_ended, all };
// The same for a whole array: ascending; several if `ref` names an array without an index, at least one.
Result<std::vector<std::uint64_t>> find_jobs(Connection& connection, const JobRef& ref, Which which);

}  // namespace dure::cli
