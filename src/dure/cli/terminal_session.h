// A person at the terminal of a job: what is typed here goes there, what is written there comes here.
#pragma once

#include <cstdint>

#include "dure/base/result.h"
#include "dure/cli/console.h"
#include "dure/engine/fd.h"

namespace dure::cli {

enum class SessionEnd : std::uint8_t {
  closed,       // from the other side: the job has ended
  missed,       // the same, before it was let in: it has seen nothing
  hung_up,      // the terminal here is gone
  told_to_end,  // by SIGINT, SIGTERM or SIGQUIT, which no key sends meanwhile
};

// Returns when the session is over. The terminal here passes every key on until then, and is as before afterwards.
// Requires that the standard input is a terminal, and a socket that never blocks.
Result<SessionEnd> sit_at_terminal(const engine::Fd& socket, const Console& console);

}  // namespace dure::cli
