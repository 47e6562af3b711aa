// The audit log: what was done and what was refused, each line chained to the one before, so that others can check it
// with nothing but SHA-256. docs/access.md shows how.
#pragma once

#include <cstdint>
#include <string>

#include "dure/base/result.h"
#include "dure/base/sha256.h"
#include "dure/base/time.h"

namespace dure {

struct AuditEntry {
  Time at;
  std::string actor;    // the subject; empty: nobody that is known
  std::string token;    // its id; empty: none that is known
  std::string action;   // the operation, as `submitJobs`
  std::string target;   // its path
  std::string outcome;  // what came of it, as `jobs 12-15` or `refused: ...`
};

// A point of the chain. Nothing comes after {}.
struct AuditEnd {
  std::uint64_t number = 0;  // of the last row; 0: there is none
  Sha256 hash;
  auto operator<=>(const AuditEnd&) const = default;
};

struct AuditRow {
  std::uint64_t number = 0;  // from 1 on, without a gap
  std::string line;          // JSON, without line breaks
  Sha256 hash;               // of the hash before in hexadecimal digits, a space, the line, and a line feed

  AuditEnd end() const { return {number, hash}; }
};

// The row that comes after `end`.
AuditRow chained(AuditEnd end, const AuditEntry& entry);

// Moves `end` on to `row`, or says what is wrong with it: a row that is missing before it, or one that is not what was
// written.
Result<void> follow(AuditEnd& end, const AuditRow& row);

// Compares the end of the rows with `witness`, which was acknowledged and must be `row`, the row of that number.
// Returns an error if it is missing or another.
Result<void> compare(AuditEnd last, AuditEnd witness, const AuditRow* row);

}  // namespace dure
