// Where facts come from.
#pragma once

#include <cstdint>
#include <optional>

#include "dure/core/fact.h"

namespace dure::what_if {

enum class Origin : std::uint8_t {
  outside,  // users, operators, nodes and the server did it: it happens again, whatever is decided
  engine,   // what came of one start of one job
  own,      // the policy decided it, or the loop as time passed
};

Origin origin_of(const Change& change);

// The job that orders and engines' reports are about; nullopt of anything else, submissions too.
std::optional<JobId> ordered_job(const Change& change);

}  // namespace dure::what_if
