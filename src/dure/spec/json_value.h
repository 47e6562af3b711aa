// JSON text as a Value: for HTTP, where the YAML parser would be too slow.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "dure/spec/mistakes.h"
#include "dure/spec/reader.h"
#include "dure/spec/value.h"

namespace dure::spec {

// Parses one JSON document into the tree, with the places and within the bounds of `parse`. Texts are quoted scalars;
// numbers, true and false plain ones, as written. Empty and repeated keys are mistakes; what else the text says is
// still returned. Returns nullopt if the text is no JSON or goes beyond the bounds, with that in `mistakes`.
std::optional<Value> parse_json(std::string_view text, std::uint32_t source, Mistakes& mistakes);

// Parses `text` and reads it with `read`, as read_text does.
template <class Read>
auto read_json_text(std::string_view text, std::string name, const Read& read) {
  return read_text_with(parse_json, text, std::move(name), read);
}

}  // namespace dure::spec
