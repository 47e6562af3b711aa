// The server's place before jobs where all want the CPU.
#pragma once

namespace dure::server {

// This thread, and each that it starts from now on, runs before all that has an ordinary priority, in turns among
// themselves. Only where RLIMIT_RTPRIO says so; returns whether it is so. Jobs that this process starts itself do not
// inherit it.
bool run_before_jobs();

}  // namespace dure::server
