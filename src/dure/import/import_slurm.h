// The whole import of a cluster that Slurm runs: what it says becomes a fleet, tenants, a server and a scenario.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/import/notes.h"
#include "dure/import/slurm_source.h"

namespace dure::importing {

struct ImportOptions {
  std::filesystem::path out;  // the folder of the documents
  std::string folder = "/shared/dure";
  std::string slurm_config;  // see ServerParts
};

struct ImportReport {
  std::vector<std::string> carried;  // a line each: what became of what
  Notes notes;
  std::vector<std::string> files;  // that were written, in the order in which they are best read
};

// Writes fleet.yaml, tenants.yaml and server.yaml into `out`, and scenario.yaml with trace.csv where there is a
// history; all or none of them. What is written has been read back.
Result<ImportReport> import_slurm(SlurmSource& source, const ImportOptions& options);

// The report for people.
std::string to_text(const ImportReport& report);

}  // namespace dure::importing
