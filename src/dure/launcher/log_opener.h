// Opens what a job has written, for the server, as the job's account and in a process of its own: whatever the job has
// put in its place, the server gets no more than the job could have printed, and nobody waits for it.
#pragma once

#include <string>

#include "dure/engine/fd.h"
#include "dure/launcher/accounts.h"

namespace dure::launcher {

// The answer is sent to `socket` by the other process. Requires a caller without other threads.
void open_for(const engine::Fd& socket, const Account& account, const std::string& path);

}  // namespace dure::launcher
