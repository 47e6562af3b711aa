#include "dure/cli/progress_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace dure::cli {

void ProgressLine::show(const simulate::Progress& progress) {
  if (!is_due()) return;
  const double rate = static_cast<double>(progress.finished) / spent_s();
  const double left =
      static_cast<double>(progress.total - std::min(progress.finished, progress.total)) / std::max(rate, 1.0);
  draw(fmt::format("{}  {} of {} jobs  {:.0f} jobs/s  {:.0f} s left", to_text(progress.simulated), progress.finished,
                   progress.total, rate, left));
}

void ProgressLine::show_runs(std::size_t done, std::size_t total) {
  if (!is_due()) return;
  const double left = static_cast<double>(total - done) * spent_s() / static_cast<double>(done);
  draw(fmt::format("{} of {} runs  {:.0f} s left", done, total, left));
}

bool ProgressLine::is_due() const {
  using namespace std::chrono_literals;
  return Clock::now() - drawn_ >= 100ms;
}

double ProgressLine::spent_s() const {
  const std::chrono::duration<double> spent = Clock::now() - begin_;
  return std::max(spent.count(), 1e-3);
}

void ProgressLine::draw(const std::string& text) {
  drawn_ = Clock::now();
  is_drawn_ = true;
  fmt::print(stderr, "\r\x1b[K{}", text);
  std::fflush(stderr);
}

void ProgressLine::clear() {
  if (!is_drawn_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace dure::cli
