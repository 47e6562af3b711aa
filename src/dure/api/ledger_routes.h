// Credits, programmes and calls: what is asked of them and what is told.
#pragma once

#include "dure/api/route.h"

namespace dure::api {

Answer list_programmes(const Call& call);
Answer declare_ledger(const Call& call);

Answer list_grants(const Call& call);
Answer show_grant(const Call& call);
Answer close_grant(const Call& call);
Answer refund_grant(const Call& call);
Answer appeal_for_grant(const Call& call);
Answer decide_appeal(const Call& call);

Answer list_balances(const Call& call);
Answer list_statements(const Call& call);
Answer list_loans(const Call& call);
// Aggregates, for anybody.
Answer show_public(const Call& call);

}  // namespace dure::api
