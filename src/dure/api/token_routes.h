// Tokens, and the log of what was done with them.
#pragma once

#include "dure/api/route.h"

namespace dure::api {

Answer list_tokens(const Call& call);
Answer create_token(const Call& call);
Answer revoke_token(const Call& call);
Answer read_audit(const Call& call);

}  // namespace dure::api
