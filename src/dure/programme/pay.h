// What an award costs its holder.
#pragma once

#include <cstdint>
#include <optional>

#include "dure/programme/award.h"
#include "dure/programme/call.h"

namespace dure::programme {

struct Pay {
  std::int64_t percent = 0;            // of the price, in hundredths
  std::optional<std::int64_t> amount;  // of money, rounded down; none: the kind has no price
};

// By the first tier that is about it; nothing is to be paid where none is.
Pay pay_of(const Round& round, const Award& award);

}  // namespace dure::programme
