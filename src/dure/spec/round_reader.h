// Reads a call for applications and the applications.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/programme/call.h"

namespace dure::spec {

// Reads the call in `path`, and the file of applications that it may name beside it. Returns all mistakes if there is
// one.
Result<programme::Round> read_round(const std::filesystem::path& path);

// The same from text whose files lie in `folder`.
Result<programme::Round> read_round_text(std::string_view text, std::string name, const std::filesystem::path& folder);

// A call whose applications are filed elsewhere; and one of these, without a score.
Result<programme::Call> read_call_text(std::string_view text, std::string name);
Result<programme::Application> read_application_text(std::string_view text, std::string name,
                                                     const programme::Call& call);

// The two together, with the scores of their reviews.
struct ReviewedText {
  std::string_view text;
  std::int64_t score = 0;  // in hundredths
};
Result<programme::Round> read_reviewed_round(std::string_view call, const std::vector<ReviewedText>& applications);

// `87.25`, in hundredths.
std::optional<std::int64_t> parse_score(std::string_view text);

}  // namespace dure::spec
