// What requests about credits have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/api/route.h"
#include "dure/spec/reader.h"

namespace dure::api {

// The error where no rates have been declared.
Result<void> check_is_open(const View& view);
// As if there was nothing where the caller may not know of it.
Error not_there(std::string_view what, std::string_view name);

const ledger::Programme* find_programme(const View& view, std::string_view name);
// Those that the caller may hear of.
bool may_see(const Access& access, const ledger::Programme& programme);

// A sentence of one line and at most 1,000 bytes.
std::optional<std::string> read_why(const spec::Node& node);

// The rate of the kind at that time; nullopt if it costs nothing.
std::optional<ledger::Micro> rate_at(const LedgerFrame& frame, std::string_view kind, Time at);
// The rates that hold now.
std::vector<ledger::Rate> rates_now(const LedgerFrame& frame);

// Asks the loop to do it; `told` becomes the answer with the numbers of its grants and the sequence.
Answer book(const Call& call, std::vector<ledger::Change> changes, std::vector<std::string> told = {});

}  // namespace dure::api
