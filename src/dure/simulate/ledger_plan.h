// What a scenario says of credits: rates, programmes, grants, and rounds that were decided before it begins.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dure/core/state.h"
#include "dure/spec/ledger_reader.h"

namespace dure::simulate {

// Each leaf at or below `awarded` has the cards that it is guaranteed, for so many months from the start; each at or
// below `waiting`, in the order of the tenants file, waits for as many as its limit. Kinds are those of the pools.
struct DecidedRound {
  std::string name;
  std::string programme;
  std::int64_t months = 12;
  std::string awarded;
  std::optional<std::string> waiting;
};

struct LedgerPlan {
  spec::LedgerFile file;
  std::vector<DecidedRound> rounds;
};

// A mapping with the keys of `spec::read_ledger` and `rounds`.
std::optional<LedgerPlan> read_ledger_plan(const spec::Node& node, const spec::LedgerGround& ground);

// What there is to be told at the start, in order, where fleet and tenants are declared and nothing has been told of
// the ledger. Without `takes_back` no grant is ever reduced.
std::vector<ledger::Change> changes_of(const LedgerPlan& plan, const State& state, bool takes_back);

}  // namespace dure::simulate
