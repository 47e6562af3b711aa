// The server's place before jobs where all want the CPU.
#pragma once

namespace dure::server {

// This thread, and each that it starts from now on, runs before all that has an ordinary priority, in turns among
// themselves, where RLIMIT_RTPRIO allows it. Jobs that this process starts itself do not inherit it.
void run_before_jobs();

}  // namespace dure::server
