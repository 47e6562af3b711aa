#include "dure/core/window_notice.h"

#include <algorithm>

namespace dure {

// All jobs, also those that wait: an operator opens a window a few times a day.
WindowNotice notice_of(const State& state, const Window& window, Time now) {
  WindowNotice notice;
  state.jobs().for_each([&](JobId, const Job& job) {
    const bool is_there = std::any_of(job.allocation.begin(), job.allocation.end(),
                                      [&](const Placement& placement) { return window.has(placement.node); });
    if (!is_there || job.leaves() <= window.from) return;
    const Time told = std::max(now, window.from - job.grace() - after_grace);
    const Time gone = job.state == JobState::stopping ? job.leaves() : job.gone_by(told);
    ++notice.jobs;
    notice.shortest = std::min(notice.shortest.value_or(longest_duration), told - now);
    notice.gone_by = std::max(notice.gone_by.value_or(gone), gone);
  });
  return notice;
}

}  // namespace dure
