// What an engine tells of an end, as a fact.
#pragma once

#include "dure/core/fact.h"
#include "dure/engine/attempt.h"
#include "dure/server/sick_devices.h"

namespace dure::server {

// Whether a program on GPUs failed by itself: a broken GPU may have been the cause. O(nodes of the job).
bool may_be_the_devices(const Job& job, const engine::Ending& ending);

// What an engine tells of a start, heard of by `now`. Its times are moved to between the second of the order and
// that: clocks of several machines differ.
Started to_fact(const Job& job, const engine::Report& start, Time now);

// `job` as it is when the end is heard of: who was told to stop as its deadline had passed has expired, and who failed
// on a GPU that is broken has lost it.
Ended to_fact(const Job& job, const engine::Ending& ending, const SickDevices& sick, Time now);

}  // namespace dure::server
