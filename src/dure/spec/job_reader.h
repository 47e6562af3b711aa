// Reads a job (`job.yaml`), its names resolved against a fleet and its tenants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/fleet/fleet.h"
#include "dure/spec/known_tenants.h"
#include "dure/spec/reader.h"
#include "dure/work/dependency.h"
#include "dure/work/job_spec.h"
#include "dure/work/job_text.h"

namespace dure::spec {

constexpr std::size_t most_dependencies = 1000;
constexpr std::size_t most_jobs_at_once = 10'000;

struct JobFile {
  JobSpec job;                           // its user is the caller's to set
  std::string tenant;                    // its path
  JobText text;                          // with a script that is not empty
  std::string window;                    // the name of the one that it names; empty: none
  std::optional<Duration> start_within;  // of its submission; else job.start_by says when, if at all
  bool is_singleton = false;             // starts when no job of its name and tenant is there before it
  std::vector<std::uint32_t> array;      // its indices, ascending; empty: one job
};

// Returns a job that fits into one of its pools when that is empty, or every mistake of the file. Without a
// time limit it gets the longest default of its pools. It may leave the tenant out where there is but one that
// jobs can belong to.
Result<JobFile> read_job(const std::filesystem::path& path, const Fleet& fleet, const KnownTenants& tenants);
// The same from text; `name` stands for the file in messages.
Result<JobFile> read_job_text(std::string_view text, std::string name, const Fleet& fleet, const KnownTenants& tenants);
// The same as a part of something larger, which is submitted `now`: what has passed then is a mistake.
std::optional<JobFile> read_job_node(const Node& node, const Fleet& fleet, const KnownTenants& tenants,
                                     std::optional<Time> now = std::nullopt);

// Many at once: `{jobs: [...]}`.
std::optional<std::vector<JobFile>> read_jobs_node(const Node& node, const Fleet& fleet, const KnownTenants& tenants,
                                                   std::optional<Time> now = std::nullopt);

}  // namespace dure::spec
