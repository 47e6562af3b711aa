// A past moment of the journal, and what would have come of it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dure/base/result.h"
#include "dure/core/state.h"
#include "dure/policy/dure_policy.h"
#include "dure/what_if/changes.h"
#include "dure/what_if/past.h"
#include "dure/what_if/replay.h"
#include "dure/what_if/tally.h"
#include "dure/what_if/work_book.h"

namespace dure::what_if {

// What the whole journal tells.
struct Survey {
  WorkBook book;              // closed
  std::optional<Time> first;  // fact; nullopt: there is none
  std::vector<Time> catches;  // after the moment, when a server had caught up with what happened while none was there
  State start;                // after the last turn that is not later than the moment
  State end;
};
// One pass over all facts.
Result<Survey> survey(const Past& past, Time moment);

struct Trial {
  const Past& past;
  const Survey& survey;  // for the same moment
  DureOptions policy;    // under which the journal was written
  Time moment;           // not before the start
  Time until;            // not before the moment
};

struct Side {
  TenantFigures figures;
  std::optional<Departure> departure;
  std::uint64_t passed_over = 0;
};
// From the moment on as it was, or with `changes`; an error says what of them cannot be. One pass over the facts after
// the moment, with a plan for each turn from the departure on.
Result<Side> replay(const Trial& trial, const Changes* changes);

}  // namespace dure::what_if
