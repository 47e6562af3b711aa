// Reads what squeue, sinfo and slurmrestd 22.05 tell: one format (OpenAPI v0.0.38).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/slurm/slurm_link.h"

namespace dure::engine {

// Fails, with what Slurm says of it, on an answer that holds errors. O(text).
Result<std::vector<SlurmJob>> read_jobs(std::string_view json);
Result<std::vector<SlurmNode>> read_nodes(std::string_view json);

// What slurmrestd's slurmdb tells of a job, as SlurmLink::recall has it.
Result<std::optional<SlurmJob>> read_kept(std::string_view json, std::uint64_t job, Time at);
// What sacct tells of it, asked for this format, with times in seconds since 1970.
inline constexpr std::string_view kept_format = "JobIDRaw,State,ExitCode,Start,End,User";
std::optional<SlurmJob> kept_in(std::string_view lines, std::uint64_t job, Time at);

// What came of a request to slurmrestd: refusal_of() the first of its errors.
Result<void> read_done(std::string_view json);
// The number of the job that was submitted.
Result<std::uint64_t> read_submitted(std::string_view json);

}  // namespace dure::engine
