#include "dure/journal/sqlite/turn_reader.h"

#include <utility>

#include "dure/journal/archive.h"
#include "dure/journal/sqlite/fact_rows.h"
#include "dure/journal/sqlite/open_file.h"

namespace dure {

Result<TurnReader> TurnReader::open(const std::filesystem::path& folder) {
  auto database = sqlite::open_file(folder, sqlite::Access::read);
  if (!database) return tl::unexpected(database.error());
  TurnReader reader;
  reader.database_ = *std::move(database);
  const auto ends = sqlite::read_ends(reader.database_);
  if (!ends) return tl::unexpected(ends.error());
  reader.end_ = ends->last;
  reader.before_end_ = ends->before;
  auto archived = reader.database_.prepare(
      "SELECT bytes FROM archive WHERE first <= ?1 AND first + count > ?1 ORDER BY first LIMIT 1");
  if (!archived) return tl::unexpected(archived.error());
  reader.archived_ = *std::move(archived);
  auto open = reader.database_.prepare(
      "SELECT first, count, chain, bytes FROM facts WHERE first > ?1 AND first <= ?2 ORDER BY first");
  if (!open) return tl::unexpected(open.error());
  reader.open_ = *std::move(open);
  return reader;
}

Result<std::optional<Time>> TurnReader::end_time() {
  std::optional<Time> time;
  const auto done = read(before_end_, [&](const WrittenTurn& turn) -> Result<void> {
    time = turn.facts.back().time;
    return {};
  });
  if (!done) return tl::unexpected(done.error());
  return time;
}

TurnReader::Row TurnReader::kept(const FactRow& row) {
  return {.first = row.first,
          .count = row.count,
          .chain = row.chain,
          .bytes = std::vector<std::byte>(row.bytes.begin(), row.bytes.end())};
}

Result<void> TurnReader::read_archived(std::uint64_t after, std::vector<Row>& rows) {
  archived_.start(after + 1);
  const auto archive = archived_.next();
  Result<void> unpacked;
  if (archive && *archive) {
    unpacked = unpack(archived_.bytes(0), [&](const FactRow& row) -> Result<void> {
      if (row.first > after) rows.push_back(kept(row));
      return {};
    });
  }
  archived_.reset();
  if (!archive) return tl::unexpected(archive.error());
  return unpacked;
}

Result<void> TurnReader::read_open(std::uint64_t after, std::vector<Row>& rows) {
  std::size_t bytes = 0;
  Result<void> read;
  open_.start(after, end_.sequence);
  while (bytes < batch_bytes) {
    const auto row = open_.next();
    if (!row) read = tl::unexpected(row.error());
    if (!row || !*row) break;
    rows.push_back(kept({open_.number(0), open_.number(1), open_.number(2), open_.bytes(3)}));
    bytes += rows.back().bytes.size();
  }
  open_.reset();
  return read;
}

// The archives are looked into first: what is packed away meanwhile is found there next time.
Result<std::vector<TurnReader::Row>> TurnReader::read_batch(std::uint64_t after) {
  std::vector<Row> rows;
  if (auto begun = database_.run("BEGIN"); !begun) return tl::unexpected(begun.error());
  auto read = read_archived(after, rows);
  if (read && rows.empty()) read = read_open(after, rows);
  const auto ended = database_.run("COMMIT");
  if (!read) return tl::unexpected(read.error());
  if (!ended) return tl::unexpected(ended.error());
  return rows;
}

Result<void> TurnReader::read(Link from, const std::function<Result<void>(const WrittenTurn&)>& visit) {
  std::vector<Fact> facts;
  while (from.sequence < end_.sequence) {
    const auto rows = read_batch(from.sequence);
    if (!rows) return tl::unexpected(rows.error());
    if (rows->empty()) return fail(Code::failed, "the journal ends before where it ended; restore it from a backup");
    for (const Row& row : *rows) {
      if (row.first > end_.sequence) break;
      const FactRow written{row.first, row.count, row.chain, row.bytes};
      if (auto read = read_facts(written, from, facts); !read) return read;
      if (auto visited = visit({.facts = facts, .end = from}); !visited) return visited;
    }
  }
  return {};
}

}  // namespace dure
