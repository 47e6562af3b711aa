#include "dure/engine/slurm/ending.h"

#include <fmt/format.h>

namespace dure::engine {
namespace {

std::string exit_text(int code) { return code == 0 ? "" : fmt::format("it ended with exit code {}", code); }

How how_of(const SlurmJob& job, const RunOrders& orders) {
  const bool is_stopped = orders.stop && orders.is_told;
  if (is_stopped && *orders.stop == StopKind::evict) return How::evicted;
  switch (job.state) {
    case SlurmState::timed_out: return How::timed_out;
    case SlurmState::node_failed: return How::lost;
    case SlurmState::cancelled: return orders.is_over_its_limit ? How::timed_out : How::cancelled;
    default: return is_stopped ? How::cancelled : How::exited;
  }
}

// Slurm may take what had ended for what waits or runs, if it was killed at the wrong moment. A script that was
// cancelled by others has an exit too.
bool ended_by_itself(const SlurmJob& job, const ShelfExit& exit, const RunOrders& orders) {
  if (orders.stop || orders.is_over_its_limit) return false;
  return job.state == SlurmState::node_failed || (job.state == SlurmState::cancelled && exit.code == 0);
}

}  // namespace

std::string what_ended(const SlurmJob& job) {
  if (job.state == SlurmState::completed || job.state == SlurmState::failed) {
    return job.state_text == "OUT_OF_MEMORY" ? "it used more memory than it had asked for" : "";
  }
  std::string text = fmt::format("Slurm ended job {}: {}", job.id, job.state_text);
  if (!job.reason.empty()) text += " (" + job.reason + ')';
  return text;
}

Ending ending_of(const SlurmJob& job, const std::optional<ShelfExit>& exit, const RunOrders& orders,
                 const std::string& words) {
  Ending ending{.how = how_of(job, orders),
                .at = job.ended.value_or(Time{}),
                .started_at = job.started,
                .exit_code = job.exit_code,
                .why = what_ended(job)};
  if (exit && ended_by_itself(job, *exit, orders)) {
    ending.how = How::exited;
    ending.why.clear();
  } else if (!exit && job.state == SlurmState::completed) {
    ending.how = How::lost;
    ending.why = fmt::format("Slurm's job {} ended, and its script has not said how", job.id);
  }
  if (ending.how == How::exited && exit) {
    // Slurm may have sent its script a second time, which did nothing, and tell the end of that.
    ending.exit_code = exit->code;
    if (!exit->is_by_script) ending.how = How::lost;
  }
  if (ending.exit_code != 0 && (ending.how == How::exited || (exit && !exit->is_by_script))) {
    if (ending.why.empty()) ending.why = exit_text(ending.exit_code);
    if (!words.empty()) ending.why += "; " + words;
  }
  if (ending.how == How::cancelled && orders.stop) ending.why.clear();
  return ending;
}

Ending ending_of_forgotten(const std::optional<ShelfExit>& exit, Time at, const RunOrders& orders) {
  Ending ending{.how = How::lost, .at = at, .why = "Slurm knows nothing of it any more"};
  if (exit) {
    ending = {.how = exit->is_by_script ? How::exited : How::lost,
              .at = exit->at,
              .exit_code = exit->code,
              .why = exit_text(exit->code)};
  }
  if (orders.stop) ending.how = *orders.stop == StopKind::evict ? How::evicted : How::cancelled;
  return ending;
}

}  // namespace dure::engine
