// Reads a scenario with everything it refers to, and checks it before anything runs.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/simulate/scenario.h"

namespace dure::simulate {

// Returns the scenario of that file, or every mistake in it, in the fleet and tenants files it names, and in
// the overrides, each a `key.path=value` as --set takes it. The trace file is there, but has not been read.
// The code is not_found if nothing is wrong but that a file is missing.
Result<Scenario> read_scenario(const std::filesystem::path& path, std::span<const std::string> overrides = {});
// The same from text; `name` stands for the file in messages, and the paths in it count from `base`.
Result<Scenario> read_scenario_text(std::string_view text, std::string name, const std::filesystem::path& base,
                                    std::span<const std::string> overrides = {});

}  // namespace dure::simulate
