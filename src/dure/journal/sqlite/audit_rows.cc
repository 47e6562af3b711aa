#include "dure/journal/sqlite/audit_rows.h"

#include <fmt/format.h>

#include <algorithm>

namespace dure::sqlite {
namespace {

Result<AuditRow> read_row(const Statement& row) {
  AuditRow read{.number = row.number(0), .line = row.text(1)};
  const auto bytes = row.bytes(2);
  if (bytes.size() != read.hash.bytes.size()) {
    return fail(Code::failed,
                fmt::format("audit row {} is not what was written: its hash has {} bytes", read.number, bytes.size()));
  }
  std::ranges::transform(bytes, read.hash.bytes.begin(),
                         [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  return read;
}

Result<std::optional<AuditRow>> read_one(Statement& query) {
  const auto row = query.next();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return std::nullopt;
  auto read = read_row(query);
  if (!read) return tl::unexpected(read.error());
  return *std::move(read);
}

}  // namespace

Result<void> put_audit(Statement& put, const AuditRow& row) {
  return put.run(row.number, row.line, std::as_bytes(std::span(row.hash.bytes)));
}

Result<std::optional<AuditRow>> last_audit(Database& database) {
  auto query = database.prepare("SELECT number, line, hash FROM audit ORDER BY number DESC LIMIT 1");
  if (!query) return tl::unexpected(query.error());
  query->start();
  return read_one(*query);
}

Result<std::optional<AuditRow>> find_audit(Database& database, std::uint64_t number) {
  auto query = database.prepare("SELECT number, line, hash FROM audit WHERE number = ?1");
  if (!query) return tl::unexpected(query.error());
  query->start(number);
  return read_one(*query);
}

Result<void> for_each_audit(Database& database, std::uint64_t after, std::uint64_t limit,
                            const std::function<Result<void>(const AuditRow&)>& visit) {
  auto query = database.prepare("SELECT number, line, hash FROM audit WHERE number > ?1 ORDER BY number LIMIT ?2");
  if (!query) return tl::unexpected(query.error());
  query->start(after, limit);
  for (;;) {
    const auto row = read_one(*query);
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    if (auto visited = visit(**row); !visited) return visited;
  }
}

Result<AuditEnd> audit_end(Database& database, AuditEnd witness) {
  const auto last = last_audit(database);
  if (!last) return tl::unexpected(last.error());
  const AuditEnd end = *last ? (*last)->end() : AuditEnd{};
  const auto row = find_audit(database, witness.number);
  if (!row) return tl::unexpected(row.error());
  if (auto compared = compare(end, witness, *row ? &**row : nullptr); !compared)
    return tl::unexpected(compared.error());
  return end;
}

}  // namespace dure::sqlite
