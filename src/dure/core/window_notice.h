// What opening a window does to those who run on its nodes.
#pragma once

#include <cstdint>
#include <optional>

#include "dure/base/time.h"
#include "dure/core/state.h"
#include "dure/work/window.h"

namespace dure {

struct WindowNotice {
  std::uint32_t jobs = 0;            // to be evicted, as they may run beyond its begin
  std::optional<Duration> shortest;  // until the first of them is told to go; 0: at once
  std::optional<Time> gone_by;       // when all of them have gone at the latest; after `from` if it begins too soon
};

// As if it was opened at `now`. O(jobs).
WindowNotice notice_of(const State& state, const Window& window, Time now);

}  // namespace dure
