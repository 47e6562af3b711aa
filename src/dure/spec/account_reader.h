// Which accounts jobs run as, in the files of the launcher and of the server.
#pragma once

#include <optional>

#include "dure/spec/reader.h"
#include "dure/tenancy/account_rules.h"

namespace dure::spec {

// `[{tenant: vision, user: bob, account: bob}]`
std::optional<std::vector<AccountRule>> read_account_rules(const Node& node);
// `{from: 1000, to: 59999}`
std::optional<UidRange> read_uid_range(const Node& node);

}  // namespace dure::spec
