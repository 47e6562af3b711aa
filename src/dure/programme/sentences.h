// The reasons of a refusal as people read them.
#pragma once

#include <string>
#include <vector>

#include "dure/programme/allot.h"

namespace dure::programme {

// `class academia`, and what of it is used and allowed: `2600 of 2624 cards`.
std::string used_text(const Limit& limit, std::int64_t used);

// One sentence for each fault, blocker and way, in the order in which it was asked for. Where an application asks for
// more than one kind, each says which.
std::vector<std::string> sentences_of(const Round& round, const Allotted& allotted, const Refusal& refusal);

}  // namespace dure::programme
