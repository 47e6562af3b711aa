// One order to start, as it is known to Slurm and on the shelf: two of them are never the same.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "dure/engine/attempt.h"

namespace dure::engine {

struct DecisionId {
  AttemptId attempt;
  Time ordered;
  auto operator<=>(const DecisionId&) const = default;
};

// `12.0@1764239231123456789`
std::string to_text(const DecisionId& decision);
std::optional<DecisionId> decision_of(std::string_view text);

// The comment of its Slurm job: `dure:SERVER:12.0@1764239231123456789`. `server` has no colon.
std::string comment_of(std::string_view server, const DecisionId& decision);
// Nothing if the comment is not of a job of that server.
std::optional<DecisionId> decision_of_comment(std::string_view server, std::string_view comment);

}  // namespace dure::engine
