// What an engine tells of an end, as a fact.
#pragma once

#include "dure/core/fact.h"
#include "dure/engine/local/attempt.h"

namespace dure::server {

Ended to_fact(JobId job, const engine::Ending& ending);

}  // namespace dure::server
