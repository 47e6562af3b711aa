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

// Visits the rows after the fact `after` in order, the archived ones first; stops at the first error.
Result<void> for_each_row(Database& database, std::uint64_t after,
                          const std::function<Result<void>(const FactRow&)>& visit);

// Whether a turn of the journal ended there. O(log rows), in an archive O(its rows).
Result<bool> has(Database& database, Link link);

// The two newest links: the end of the journal and the end of the turn before. Both are {} in an empty journal.
struct Ends {
  Link last;
  Link before;
};
Result<Ends> read_ends(Database& database);

// Compares the end of the journal with what the head file says was acknowledged. An error names both.
enum class Tail { whole, one_turn_ahead };
Result<Tail> compare(const Ends& ends, std::optional<Link> head);

// One pass over the facts after `from`, the end of a turn: `visit` gets the facts of each turn when its chain and the
// recorded digests before it are right, and ends the pass with an error; `digest` is asked after a turn at whose end
// one was recorded.
struct Walk {
  Link from;
  std::function<Result<void>(const std::vector<Fact>&)> visit;
  std::function<std::uint64_t()> digest;
};
struct Walked {
  Link end;
  std::uint64_t rows = 0;
  std::uint64_t digests = 0;  // that were compared
};
Result<Walked> walk(Database& database, const Walk& walk);

}  // namespace dure::sqlite
