// Reads a job (`job.yaml`), its names resolved against a fleet and its tenants.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/fleet/fleet.h"
#include "dure/spec/reader.h"
#include "dure/tenancy/tenants.h"
#include "dure/work/job_spec.h"
#include "dure/work/job_text.h"

namespace dure::spec {

struct JobFile {
  JobSpec job;         // its user is the caller's to set
  std::string tenant;  // its path, as written
  Launch launch = Launch::per_task;
  std::string checkpoint_signal = "USR1";  // sent before the grace begins
  std::string script;                      // not empty
};

// Returns a job that fits into one of its pools when that is empty, or every mistake of the file. Without a
// time limit it gets the longest default of its pools.
Result<JobFile> read_job(const std::filesystem::path& path, const Fleet& fleet, const Tenants& tenants);
// The same from text; `name` stands for the file in messages.
Result<JobFile> read_job_text(std::string_view text, std::string name, const Fleet& fleet, const Tenants& tenants);
// The same as a part of something larger.
std::optional<JobFile> read_job_node(const Node& node, const Fleet& fleet, const Tenants& tenants);

}  // namespace dure::spec
