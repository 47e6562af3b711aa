// What an engine tells of an end, as a fact.
#pragma once

#include "dure/core/fact.h"
#include "dure/engine/local/attempt.h"

namespace dure::server {

// `job` as it is when the end is heard of: who was told to stop as its deadline had passed has expired.
Ended to_fact(const Job& job, const engine::Ending& ending);

}  // namespace dure::server
