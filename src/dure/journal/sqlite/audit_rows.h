// Rows of the table `audit`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "dure/base/result.h"
#include "dure/journal/audit.h"
#include "dure/journal/sqlite/database.h"

namespace dure::sqlite {

inline constexpr std::string_view put_audit_sql = "INSERT INTO audit(number, line, hash) VALUES(?1, ?2, ?3)";

Result<void> put_audit(Statement& put, const AuditRow& row);

// The last row; nullopt if there is none.
Result<std::optional<AuditRow>> last_audit(Database& database);
// nullopt if there is none of that number.
Result<std::optional<AuditRow>> find_audit(Database& database, std::uint64_t number);
// Visits the rows after a number in order, at most `limit`; stops at the first error.
Result<void> for_each_audit(Database& database, std::uint64_t after, std::uint64_t limit,
                            const std::function<Result<void>(const AuditRow&)>& visit);

// Returns the end of the rows, or what is wrong with them against `witness`. O(1).
Result<AuditEnd> audit_end(Database& database, AuditEnd witness);

}  // namespace dure::sqlite
