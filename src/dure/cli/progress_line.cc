#include "dure/cli/progress_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace dure::cli {

void ProgressLine::show(const simulate::Progress& progress) {
  using namespace std::chrono_literals;
  const auto now = Clock::now();
  if (now - drawn_ < 100ms) return;
  drawn_ = now;
  is_drawn_ = true;
  const std::chrono::duration<double> spent = now - begin_;
  const double rate = static_cast<double>(progress.finished) / std::max(spent.count(), 1e-3);
  const double left =
      static_cast<double>(progress.total - std::min(progress.finished, progress.total)) / std::max(rate, 1.0);
  fmt::print(stderr, "\r\x1b[K{}  {} of {} jobs  {:.0f} jobs/s  {:.0f} s left", to_text(progress.simulated),
             progress.finished, progress.total, rate, left);
  std::fflush(stderr);
}

void ProgressLine::clear() {
  if (!is_drawn_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace dure::cli
