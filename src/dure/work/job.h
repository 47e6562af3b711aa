// A job that has not ended, and its life cycle.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/fleet/allocation.h"
#include "dure/work/job_spec.h"

namespace dure {

//   submitted -> pending <-> held      (held by its user, or until the jobs it comes after have ended)
//   pending -> starting -> running -> stopping -> ended
//   An engine's StartFailed or an eviction goes back to pending.
enum class JobState : std::uint8_t { held, pending, starting, running, stopping, ended };
constexpr JobState last_of(JobState) { return JobState::ended; }

// What came of a start.
enum class Outcome : std::uint8_t {
  completed,  // ended by itself with success
  failed,     // ended by itself without
  timed_out,  // reached its time limit
  cancelled,  // its user or an operator asked for it
  evicted,    // stopped to make room; goes back to pending
  node_lost,  // a node or a device under it failed; goes back to pending
  expired,    // had not started by the time after which it is of no use
};
constexpr Outcome last_of(Outcome) { return Outcome::expired; }

// Whether it was not the job's doing or its user's wish: then it starts again, unless it is not to.
constexpr bool is_interruption(Outcome outcome) { return outcome == Outcome::evicted || outcome == Outcome::node_lost; }

// Why a job is told to stop.
enum class StopCause : std::uint8_t {
  asked,       // its user or an operator wants it, or it has not started by the time its user named
  reclaim,     // a job within its tenant's guarantee takes back what was borrowed
  preempt,     // a job of higher priority
  fairness,    // a job of a tenant that has had less than its part
  window,      // the devices are kept free for something with a date
  defragment,  // it goes on elsewhere, so that a larger job finds room here
  shrink,      // it goes on here with fewer tasks, and what it gives back is for another job
  fault,       // a node or a device that it holds has failed: it starts again on others
};
constexpr StopCause last_of(StopCause) { return StopCause::fault; }

std::string_view to_text(JobState state);
std::string_view to_text(Outcome outcome);
std::string_view to_text(StopCause cause);

// Why, for whom and at what cost a job is told to stop.
struct StopReason {
  std::uint64_t cost_s = 0;          // GPU-seconds of work at stake (CPU-seconds in a pool without GPUs), rounded up
  std::optional<JobId> beneficiary;  // who is promised what it gives back
  StopCause cause = StopCause::asked;
  bool operator==(const StopReason&) const = default;
};

template <class Archive>
void fields(Archive& archive, Like<StopReason> auto& reason) {
  archive(reason.cause);
  archive(reason.beneficiary);
  archive(reason.cost_s);
}

// What the engine may take beyond a job's grace until it has ended.
constexpr Duration after_grace = seconds(10);
// A start that ran for so long, or reached a checkpoint, came to something.
constexpr Duration settled_after = minutes(10);
// After so many failures in a row a job pauses before it starts again, and nobody is evicted for it.
constexpr std::uint32_t failures_before_pause = 3;

struct Job {
  JobId id;
  TenantId tenant;
  UserId user;
  ShapeId shape;
  JobState state = JobState::pending;
  std::optional<Outcome> stop_ordered;  // the last order to stop that is out; what comes of it is the engine's to tell
  bool is_user_held = false;            // until released
  bool is_hopeless = false;             // a job that it comes after ended in the wrong way
  bool requeues = true;
  std::uint32_t waits_for = 0;  // ends of other jobs
  std::int32_t priority = 0;
  std::uint32_t evictions = 0;  // how often it went back to pending
  std::uint32_t failures = 0;   // starts in a row that failed or lost a node before they came to something
  Time not_before;              // of the next start, once it keeps failing
  StopReason last_eviction;     // of the last order that sent it back to pending
  PoolId pool;                  // of the allocation; meaningful from starting to ended
  Time submitted;
  Time ordered;           // of the last StartOrdered
  Time started;           // of the last Started
  Time resumed;           // of that, or of the last swap since: it goes on from a checkpoint
  Time stopped;           // of the first StopOrdered since, while stopping; then of the end of its last run
  Duration time_limit;    // what its user asked for; the engine ends it then
  Duration estimate;      // what Dure predicts; at most the time limit
  Allocation allocation;  // empty unless starting, running or stopping
  std::optional<Checkpoint> checkpoint;
  std::optional<ArrayMember> array;
  std::optional<Time> start_by;  // if it has never run by then, it ends
  bool hot_swap = false;
  std::uint32_t swaps = 0;   // how often other nodes took the place of failed ones
  bool was_running = false;  // at least once
  BlobId text;
  std::string name;

  bool holds_devices() const { return !allocation.empty(); }
  // Whether it will start without anybody doing anything about it.
  bool awaits_start() const {
    return state == JobState::pending || (state == JobState::held && !is_user_held && !is_hopeless);
  }
  bool may_be_pending() const { return !is_user_held && !is_hopeless && waits_for == 0; }
  // Whether such an end sends it back to pending.
  bool goes_back(Outcome outcome) const { return requeues && is_interruption(outcome); }
  // When its devices are free at the latest. Requires holds_devices().
  Time latest_end() const { return ordered + time_limit; }
  // What it gets between the signal and its end when it is stopped.
  Duration grace() const { return checkpoint ? checkpoint->grace : Duration{}; }
  // When its devices are free at the latest if it is told to stop at `when`. Requires holds_devices().
  Time gone_by(Time when) const { return std::min(latest_end(), when + grace() + after_grace); }
  // When they are free at the latest, as things stand. Likewise.
  Time leaves() const { return state == JobState::stopping ? gone_by(stopped) : latest_end(); }
  // Whether its present start, or the last one of a departed job, has got as far as running.
  bool has_run() const { return state >= JobState::running && started >= ordered; }
  bool is_on_several_nodes() const { return holds_devices() && allocation.front().node != allocation.back().node; }
  // Whether other nodes may take the place of some that fail, while the rest of it waits.
  bool may_swap() const { return hot_swap && state == JobState::running && is_on_several_nodes(); }
  // Whether its present start, or what followed its last swap, came to something by `now`.
  bool has_settled(Time now) const;
  bool keeps_failing() const { return failures >= failures_before_pause; }
  // How long it waits after the last of its failures: a minute, doubled with each more, at most an hour. Requires
  // keeps_failing().
  Duration pause() const;
  // The part of its run that is lost if it is interrupted at `now`: since its last checkpoint was due, or all of it
  // since it last went on if it has none or does not start again. Engines do not report checkpoints: they are taken to
  // be a whole number of their intervals after the start or the last swap. Requires now >= resumed.
  Duration work_at_stake(Time now) const;
  // The number of its tasks that have a place.
  std::uint32_t placed_tasks() const;
};

template <class Archive>
void fields(Archive& archive, Like<Job> auto& job) {
  archive(job.id);
  archive(job.tenant);
  archive(job.user);
  archive(job.shape);
  archive(job.state);
  archive(job.stop_ordered);
  archive(job.is_user_held);
  archive(job.is_hopeless);
  archive(job.requeues);
  archive(job.waits_for);
  archive(job.priority);
  archive(job.evictions);
  archive(job.failures);
  archive(job.not_before);
  archive(job.last_eviction);
  archive(job.pool);
  archive(job.submitted);
  archive(job.ordered);
  archive(job.started);
  archive(job.resumed);
  archive(job.stopped);
  archive(job.time_limit);
  archive(job.estimate);
  archive(job.allocation);
  archive(job.checkpoint);
  archive(job.array);
  archive(job.start_by);
  archive(job.hot_swap);
  archive(job.swaps);
  archive(job.was_running);
  archive(job.text);
  archive(job.name);
}

}  // namespace dure
