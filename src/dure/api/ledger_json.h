// Credits as clients see them: exact decimals, as texts.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <vector>

#include "dure/api/access.h"
#include "dure/api/view.h"

namespace dure::api {

// All of these require a ledger.

// What runs have used of each grant so far, by GrantId. O(jobs that are known).
std::vector<ledger::Micro> running_use(const View& view, Time now);

boost::json::object rates_json(const LedgerFrame& frame, const ledger::RateTable& table);
boost::json::object programme_json(const ledger::Programme& programme);

// A line of a list; with its lots and all that was done, for one by itself.
enum class Detail : std::uint8_t { line, all };
boost::json::object grant_json(const View& view, const ledger::Grant& grant, ledger::Micro running, Time now,
                               Detail detail);

boost::json::object call_json(const View& view, const ledger::Call& call);
// For the office of its programme, or for its tenant: that one is told of reviews once the call is decided.
boost::json::object application_json(const View& view, const ledger::Application& application, bool is_for_office);

boost::json::object balance_json(const View& view, const ledger::Account& account);
// Months ascend; that month alone, if one is given.
boost::json::object statement_json(const View& view, const ledger::Account& account,
                                   std::optional<ledger::Month> month);

// Of those loans in which a root takes part that the caller may see; and what each of these lent and borrowed.
boost::json::object loans_json(const View& view, const Access& access, Time now, std::optional<ledger::Month> month);

// What is held for a job, and what its last run cost; nullopt if its account is not kept.
std::optional<boost::json::object> job_credits_json(const JobRow& row);

}  // namespace dure::api
