// `--set key.path=value`: changes to a Value before it is read, so that they are checked like the file
// itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dure/spec/mistakes.h"
#include "dure/spec/value.h"

namespace dure::spec {

// Sets the value at a path such as `policy.estimates` or `demand.classes[0].share` to what YAML reads in the
// text after the `=`. Mappings that are missing on the way are made; list items must be there. Mistakes name
// `--set key.path`.
void apply_override(std::string_view text, Value& root, Mistakes& mistakes);

}  // namespace dure::spec
