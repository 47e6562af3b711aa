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

Result<void> for_each_archived(Database& database, const Visit& visit) {
  auto query = database.prepare("SELECT bytes FROM archive ORDER BY first");
  if (!query) return tl::unexpected(query.error());
  query->start();
  while (true) {
    const auto row = query->next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    if (auto visited = unpack(query->bytes(0), visit); !visited) return visited;
  }
}

Result<Digests> read_digests(Database& database) {
  auto query = database.prepare("SELECT sequence, digest FROM digest WHERE version = ?1");
  if (!query) return tl::unexpected(query.error());
  Digests digests;
  query->start(digest_version);
  while (true) {
    const auto row = query->next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return digests;
    digests.emplace(query->number(0), query->number(1));
  }
}

std::string describe(Link link) { return fmt::format("fact {} (chain {})", link.sequence, hex16(link.chain)); }

}  // namespace

Result<void> for_each_row(Database& database, const Visit& visit) {
  if (auto visited = for_each_archived(database, visit); !visited) return visited;
  auto query = database.prepare("SELECT first, count, chain, bytes FROM facts ORDER BY first");
  if (!query) return tl::unexpected(query.error());
  query->start();
  while (true) {
    const auto row = query->next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    const FactRow facts{query->number(0), query->number(1), query->number(2), query->bytes(3)};
    if (auto visited = visit(facts); !visited) return visited;
  }
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
  const auto digests = read_digests(database);
  if (!digests) return tl::unexpected(digests.error());
  auto expected = digests->begin();
  Walked walked;
  std::vector<Fact> facts;
  const auto visit = [&](const FactRow& row) -> Result<void> {
    if (auto read = read_facts(row, walked.end, facts); !read) return read;
    walk.visit(facts);
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
  if (auto visited = for_each_row(database, visit); !visited) return tl::unexpected(visited.error());
  if (expected != digests->end()) {
    return fail(Code::failed, fmt::format("a digest was recorded at fact {}, and the last there is is {}",
                                          expected->first, walked.end.sequence));
  }
  return walked;
}

}  // namespace dure::sqlite
