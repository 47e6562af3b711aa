// Has supervisors started by a launcher, as the accounts that it maps owners to.
#pragma once

#include <memory>
#include <string>

#include "dure/base/result.h"
#include "dure/engine/local/starter.h"

namespace dure::engine {

// Greets the launcher that listens at `socket`; one that is not there yet is waited for, for half a minute.
Result<std::unique_ptr<Starter>> start_by_launcher(std::string socket);

}  // namespace dure::engine
