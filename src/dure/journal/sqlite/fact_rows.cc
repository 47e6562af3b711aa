#include "dure/journal/sqlite/fact_rows.h"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "dure/base/hash.h"
#include "dure/journal/archive.h"
#include "dure/journal/sqlite/schema.h"

namespace dure::sqlite {
namespace {

using Visit = std::function<Result<void>(const FactRow&)>;
using Digests = std::map<std::uint64_t, std::uint64_t>;  // by sequence

Result<void> for_each_archived(Database& database, std::uint64_t after, const Visit& visit) {
  auto query = database.prepare("SELECT bytes FROM archive WHERE first + count - 1 > ?1 ORDER BY first");
  if (!query) return tl::unexpected(query.error());
  query->start(after);
  const auto visit_later = [&](const FactRow& row) { return row.last() > after ? visit(row) : Result<void>{}; };
  while (true) {
    const auto row = query->next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    if (auto visited = unpack(query->bytes(0), visit_later); !visited) return visited;
  }
}

Result<Digests> read_digests(Database& database, std::uint64_t after) {
  auto query = database.prepare("SELECT sequence, digest FROM digest WHERE version = ?1 AND sequence > ?2");
  if (!query) return tl::unexpected(query.error());
  Digests digests;
  query->start(digest_version, after);
  while (true) {
    const auto row = query->next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return digests;
    digests.emplace(query->number(0), query->number(1));
  }
}

std::string describe(Link link) { return fmt::format("fact {} (chain {})", link.sequence, hex16(link.chain)); }

}  // namespace

Result<void> for_each_row(Database& database, std::uint64_t after, const Visit& visit) {
  if (auto visited = for_each_archived(database, after, visit); !visited) return visited;
  auto query = database.prepare("SELECT first, count, chain, bytes FROM facts WHERE first > ?1 ORDER BY first");
  if (!query) return tl::unexpected(query.error());
  query->start(after);
  while (true) {
    const auto row = query->next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    const FactRow facts{query->number(0), query->number(1), query->number(2), query->bytes(3)};
    if (auto visited = visit(facts); !visited) return visited;
  }
}

Result<bool> has(Database& database, Link link) {
  auto query = database.prepare(
      "SELECT count(*) FROM facts WHERE first = (SELECT max(first) FROM facts WHERE first <= ?1) "
      "AND first + count - 1 = ?1 AND chain = ?2");
  if (!query) return tl::unexpected(query.error());
  query->start(link.sequence, link.chain);
  const auto row = query->next();
  if (!row) return tl::unexpected(row.error());
  bool is_there = query->number(0) > 0;
  auto archived = database.prepare("SELECT bytes FROM archive WHERE first <= ?1 AND first + count > ?1");
  if (!archived) return tl::unexpected(archived.error());
  archived->start(link.sequence);
  const auto archive = archived->next();
  if (!archive) return tl::unexpected(archive.error());
  if (!*archive) return is_there;
  const auto look = [&](const FactRow& facts) -> Result<void> {
    is_there = is_there || Link{facts.last(), facts.chain} == link;
    return {};
  };
  if (auto unpacked = unpack(archived->bytes(0), look); !unpacked) return tl::unexpected(unpacked.error());
  return is_there;
}

Result<Ends> read_ends(Database& database) {
  auto query = database.prepare("SELECT first + count - 1, chain FROM facts ORDER BY first DESC LIMIT 2");
  if (!query) return tl::unexpected(query.error());
  Ends ends;
  query->start();
  for (Link* link : {&ends.last, &ends.before}) {
    const auto row = query->next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    *link = {query->number(0), query->number(1)};
  }
  return ends;
}

Result<Tail> compare(const Ends& ends, std::optional<Link> head) {
  if (!head && ends.last.sequence == 0) return Tail::one_turn_ahead;
  if (!head) {
    return fail(Code::failed,
                "the file head is missing or damaged, so that nobody can say whether the end is there; "
                "restore the whole folder from one backup, or accept its end as it is");
  }
  if (*head == ends.last) return Tail::whole;
  if (head->sequence > ends.last.sequence) {
    return fail(Code::failed,
                fmt::format("{} was acknowledged and the last there is is {}: the end is missing; restore "
                            "the whole folder, journal.db-wal too",
                            describe(*head), describe(ends.last)));
  }
  if (*head == ends.before) return Tail::one_turn_ahead;
  return fail(Code::failed,
              fmt::format("the file head says {} and journal.db ends with {}: they do not belong together; "
                          "restore the whole folder from one backup, or accept its end as it is",
                          describe(*head), describe(ends.last)));
}

Result<Walked> walk(Database& database, const Walk& walk) {
  const auto digests = read_digests(database, walk.from.sequence);
  if (!digests) return tl::unexpected(digests.error());
  auto expected = digests->begin();
  Walked walked{.end = walk.from};
  std::vector<Fact> facts;
  const auto visit = [&](const FactRow& row) -> Result<void> {
    if (auto read = read_facts(row, walked.end, facts); !read) return read;
    if (auto visited = walk.visit(facts); !visited) return visited;
    ++walked.rows;
    if (expected == digests->end() || expected->first > walked.end.sequence) return {};
    if (expected->first != walked.end.sequence) {
      return fail(Code::failed,
                  fmt::format("a digest was recorded at fact {}, in the middle of a turn", expected->first));
    }
    if (const std::uint64_t digest = walk.digest(); digest != expected->second) {
      return fail(Code::failed, fmt::format("after fact {} the digest is {}, and {} was recorded", expected->first,
                                            hex16(digest), hex16(expected->second)));
    }
    ++walked.digests;
    ++expected;
    return {};
  };
  if (auto visited = for_each_row(database, walk.from.sequence, visit); !visited)
    return tl::unexpected(visited.error());
  if (expected != digests->end()) {
    return fail(Code::failed, fmt::format("a digest was recorded at fact {}, and the last there is is {}",
                                          expected->first, walked.end.sequence));
  }
  return walked;
}

}  // namespace dure::sqlite
