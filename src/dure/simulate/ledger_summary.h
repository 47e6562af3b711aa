// What became of credits and of what was lent, at the end of a run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dure/core/state.h"

namespace dure::simulate {

// Credits of the accounts that are kept by a programme's rules.
struct ProgrammeLine {
  std::string programme;
  std::string tenant;
  std::uint64_t grants = 0;
  std::int64_t cards = 0;  // of these, but for those that were made of what was taken back
  double awarded = 0;
  double charged = 0;
  double waived = 0;
  double borrowed = 0;  // of what is waived: ran without credits, on what was idle
  double lapsed = 0;
  double reduced = 0;
};

// Hours of the pool's devices, of all pools and months.
struct LoanLine {
  std::string lender;  // empty: what is nobody's share
  std::string borrower;
  double gpu_hours = 0;
  double emergency_gpu_hours = 0;  // of these
  std::uint64_t reclaims = 0;
  std::uint64_t late = 0;
  double longest_reclaim_s = 0;
};

struct OwnerLine {
  std::string owner;
  double lent = 0;
  double borrowed = 0;
};

struct TakenBack {
  std::uint64_t warned = 0;     // grants, ever
  std::uint64_t reduced = 0;    // likewise
  std::uint64_t reawarded = 0;  // grants that were made of it
  std::int64_t cards_freed = 0;
  std::int64_t cards_reawarded = 0;
  double credits = 0;         // that were taken back
  double used_gpu_hours = 0;  // by who got them
};

struct LedgerSummary {
  std::vector<ProgrammeLine> programmes;
  std::vector<LoanLine> loans;
  std::vector<OwnerLine> owners;
  TakenBack taken_back;
};

// Requires that the ledger is open. O(everything in it).
LedgerSummary summary_of(const State& state);

}  // namespace dure::simulate
