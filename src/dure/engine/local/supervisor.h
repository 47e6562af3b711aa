// What watches over one attempt, in a process of its own: starts its processes, carries their output, keeps the time
// limit, obeys stop orders, and records the end. It needs the server at no time, and no other thing than its folder.
#pragma once

#include <string>

namespace dure::engine {

// Runs the attempt whose `launch` lies in the folder; returns the exit code of the program, 0 also where there was
// nothing to do because the attempt has been run. Requires a process of its own with one thread.
int supervise(const std::string& folder);

}  // namespace dure::engine
