// Reads the facts turn by turn, as often as wanted, while a server may go on with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/core/fact.h"
#include "dure/journal/fact_row.h"
#include "dure/journal/sqlite/database.h"

namespace dure {

// What one turn of the loop wrote; at least one fact.
struct WrittenTurn {
  std::span<const Fact> facts;  // the visitor's until it returns
  Link end;
};

// One thread at a time. Invariant: nothing is read between two batches, so that SQLite's log is free to move into the
// file however long a visitor takes.
class TurnReader {
 public:
  // Fails where there is no journal.
  static Result<TurnReader> open(const std::filesystem::path& folder);

  // Where the journal ended when this was opened: each pass ends there.
  Link end() const { return end_; }
  // The time of the last fact until there; nullopt: there is none. O(facts of its turn).
  Result<std::optional<Time>> end_time();

  // Visits the turns after `from`, in order; ends with the first error, the visitor's or of a turn that is not whole.
  // Requires that a turn ended at `from`, or Link{}. Memory for one batch, or one archive.
  Result<void> read(Link from, const std::function<Result<void>(const WrittenTurn&)>& visit);

 private:
  static constexpr std::size_t batch_bytes = std::size_t{1} << 20;

  struct Row {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::uint64_t chain = 0;
    std::vector<std::byte> bytes;
  };
  static Row kept(const FactRow& row);
  Result<std::vector<Row>> read_batch(std::uint64_t after);
  Result<void> read_archived(std::uint64_t after, std::vector<Row>& rows);
  Result<void> read_open(std::uint64_t after, std::vector<Row>& rows);

  sqlite::Database database_;
  sqlite::Statement archived_;
  sqlite::Statement open_;
  Link end_;
  Link before_end_;  // where the turn before the last ended
};

}  // namespace dure
