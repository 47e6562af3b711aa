// Devices promised to a job from a time on, and why.
#pragma once

#include <cstdint>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/fleet/allocation.h"

namespace dure {

// Why a job is promised a start.
enum class Promise : std::uint8_t {
  backfill,    // it is the first that is held up: what starts around it must not delay it
  reclaim,     // within its tenant's guarantee: what is on its devices was borrowed, and is being stopped for it
  keep,        // it is being stopped to give some of its devices back, and goes on here with the rest
  preempt,     // what is on its devices is of a lower priority, and is being stopped for it
  move,        // it is being stopped to go on here, where nobody is
  defragment,  // what is on its devices is being moved elsewhere for it
  fairness,    // what is on its devices is of a tenant that has had more than its part, and is being stopped for it
};
constexpr Promise last_of(Promise) { return Promise::fairness; }

// Whether others are stopped for it: what it is to hold counts under limits from then on.
constexpr bool takes_back(Promise promise) {
  return promise == Promise::reclaim || promise == Promise::preempt || promise == Promise::fairness;
}

// Whether it is made to a job that is being stopped, for when it has saved its work.
constexpr bool outlasts_a_stop(Promise promise) { return promise == Promise::keep || promise == Promise::move; }

// Whether no guarantee stood for it when it was made: it yields to who is owed room by one.
constexpr bool is_owed_to_nobody(Promise promise) {
  return promise == Promise::backfill || promise == Promise::defragment;
}

// From when on nobody else has what is promised from a time on: of who is moved at once, as it goes on there as soon as
// it has saved its work.
constexpr Time kept_from(Promise promise, Time from) { return promise == Promise::move ? Time{} : from; }

struct Reservation {
  JobId job;
  PoolId pool;
  Time from;
  Allocation allocation;
  Promise promise = Promise::backfill;
};

template <class Archive>
void fields(Archive& archive, Like<Reservation> auto& reservation) {
  archive(reservation.job);
  archive(reservation.pool);
  archive(reservation.from);
  archive(reservation.allocation);
  archive(reservation.promise);
}

}  // namespace dure
