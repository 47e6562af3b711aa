// Reads what is to be otherwise (`changes.yaml`).
#pragma once

#include <filesystem>

#include "dure/base/result.h"
#include "dure/core/state.h"
#include "dure/policy/dure_policy.h"
#include "dure/what_if/changes.h"

namespace dure::cli {

// `drain` and `resume` name nodes; `fleet` and `tenants` are files, or stand there; `policy` says what is other than in
// `policy`; `demand` says by tenant how many times as much it is to be. At least one of them. Names are those of
// `state`, and of what the file itself declares. Returns every mistake of the file.
Result<what_if::Changes> read_changes(const std::filesystem::path& file, const State& state, const DureOptions& policy);

}  // namespace dure::cli
