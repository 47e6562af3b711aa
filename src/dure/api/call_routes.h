// Calls for applications, from opening to decision.
#pragma once

#include "dure/api/route.h"

namespace dure::api {

Answer list_calls(const Call& call);
Answer open_call(const Call& call);
Answer show_call(const Call& call);
Answer file_application(const Call& call);
Answer review_application(const Call& call);
Answer decide_call(const Call& call);

}  // namespace dure::api
