// What `dure audit` does with the journal's folder, beside a server or without one.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "dure/base/result.h"
#include "dure/journal/audit.h"

namespace dure::journal {

// Reads every row: the chain, its end against the head file, and `known`, a row that somebody has noted elsewhere.
// Returns its end; an error names the first place that is wrong.
Result<AuditEnd> verify_audit(const std::filesystem::path& folder, std::optional<AuditEnd> known = std::nullopt);

// Hands out `HASH LINE` for each row, without the line break.
Result<void> dump_audit(const std::filesystem::path& folder, const std::function<void(const std::string&)>& line);

}  // namespace dure::journal
