// Waiting for what happens, in place of sleeping.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <vector>

#include "process.h"
#include "server_process.h"

namespace dure::e2e {

using Event = boost::json::object;

// Follows all events after `since`, those of the past too, until one is `wanted`. False when the time has come or the
// server has gone.
bool wait_for(const ServerProcess& server, std::uint64_t since, const std::function<bool(const Event&)>& wanted,
              Clock::time_point deadline = in_seconds(60));

// Returns when no job is left that has not ended; those that are held are released. False when the time has come.
bool wait_until_idle(const ServerProcess& server, Clock::time_point deadline);

bool wait_until_ended(const ServerProcess& server, std::uint64_t job, Clock::time_point deadline = in_seconds(60));
bool wait_until_started(const ServerProcess& server, std::uint64_t job, Clock::time_point deadline = in_seconds(60));

}  // namespace dure::e2e
