// What a person who misspelt a word probably meant.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dure::spec {

// Returns the candidate that a few typing mistakes turn into `text`, or nullopt if none is near.
std::optional<std::string_view> nearest(std::string_view text, std::span<const std::string_view> candidates);

// Returns "did you mean 'pools'?" if a candidate is near, else "write one of a, b, c" (the first few of
// many).
std::string suggest(std::string_view text, std::span<const std::string_view> candidates);

// The words as a sentence lists them: "a, b or c".
std::string alternatives(std::span<const std::string_view> words);

}  // namespace dure::spec
