// Where the facts lie in journal.db.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "dure/base/result.h"
#include "dure/journal/fact_row.h"
#include "dure/journal/head_file.h"
#include "dure/journal/sqlite/database.h"

namespace dure::sqlite {

// Visits all rows in order, the archived ones first; stops at the first error.
Result<void> for_each_row(Database& database, const std::function<Result<void>(const FactRow&)>& visit);

// The two newest links: the end of the journal and the end of the turn before. Both are {} in an empty journal.
struct Ends {
  Link last;
  Link before;
};
Result<Ends> read_ends(Database& database);

// Compares the end of the journal with what the head file says was acknowledged. An error names both.
enum class Tail { whole, one_turn_ahead };
Result<Tail> compare(const Ends& ends, std::optional<Link> head);

// One pass over all facts: `visit` gets the facts of each turn when its chain and the recorded digests before it are
// right; `digest` is asked after a turn at whose end one was recorded.
struct Walk {
  std::function<void(const std::vector<Fact>&)> visit;
  std::function<std::uint64_t()> digest;
};
struct Walked {
  Link end;
  std::uint64_t rows = 0;
  std::uint64_t digests = 0;  // that were compared
};
Result<Walked> walk(Database& database, const Walk& walk);

}  // namespace dure::sqlite
