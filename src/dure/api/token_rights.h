// Whose tokens are whose to see, to end and to add to.
#pragma once

#include <span>
#include <string_view>

#include "dure/api/access.h"
#include "dure/api/route.h"
#include "dure/base/result.h"
#include "dure/journal/stored_token.h"

namespace dure::api {

// Who may give what a token has may see it and end it. O(its grants).
bool is_in_charge(const Access& access, const StoredToken& token);

// Whether the actor may make a token of this name: a name in the log is one person's, and what is done under it by key
// is theirs, so that no token of it, known or `arriving`, may be beyond what the actor is in charge of; else
// `not_permitted`. O(log tokens + those of the name + arriving).
Result<void> check_subject(const Access& access, const TokenSource& known, std::span<const StoredToken> arriving,
                           std::string_view subject);

}  // namespace dure::api
