// Reads a call for applications and the applications.
#pragma once

#include <filesystem>
#include <string_view>

#include "dure/base/result.h"
#include "dure/programme/call.h"

namespace dure::spec {

// Reads the call in `path`, and the file of applications that it may name beside it. Returns all mistakes if there is
// one.
Result<programme::Round> read_round(const std::filesystem::path& path);

// The same from text whose files lie in `folder`.
Result<programme::Round> read_round_text(std::string_view text, std::string name, const std::filesystem::path& folder);

}  // namespace dure::spec
