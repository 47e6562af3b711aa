// What a reference policy may place.
#pragma once

#include "dure/core/state.h"

namespace dure {

inline bool is_pending(const State& state, JobId id) {
  const Job* job = state.jobs().find(id);
  return job != nullptr && job->state == JobState::pending;
}

}  // namespace dure
