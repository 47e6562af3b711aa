// A table of comma-separated values (RFC 4180) as the same tree that YAML gives: a list of mappings by the names in
// the first line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "dure/spec/value.h"

namespace dure::spec {

// Cells are scalars with their places; an empty cell is a key that is not there. A mark of byte order at the front and
// empty lines are passed over. Rows that do not fit the first line are mistakes, and text that cannot be split.
std::optional<Value> parse_csv(std::string_view text, std::uint32_t source, Mistakes& mistakes);

}  // namespace dure::spec
