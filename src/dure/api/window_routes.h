// Windows: what is asked of them and what is told.
#pragma once

#include "dure/api/route.h"

namespace dure::api {

Answer list_windows(const Call& call);
Answer open_window(const Call& call);
Answer close_window(const Call& call);

}  // namespace dure::api
