// Checks for bugs, on in release builds too: far better to stop and be replayed than to run on with a wrong state.
// Never for input.
#pragma once

namespace dure {

// Prints where and what, then aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace dure

#define DURE_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::dure::assertion_failed(#condition, __FILE__, __LINE__))
