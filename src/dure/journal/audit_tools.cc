#include "dure/journal/audit_tools.h"

#include <fmt/format.h>

#include <cstdint>
#include <limits>

#include "dure/journal/head_file.h"
#include "dure/journal/sqlite/audit_rows.h"
#include "dure/journal/sqlite/open_file.h"

namespace dure::journal {
namespace {

constexpr auto all = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Result<void> check_known(AuditEnd known, AuditEnd at) {
  if (known.number != at.number || known.hash == at.hash) return {};
  return fail(Code::failed,
              fmt::format("audit row {} has the hash {} and was known with another: what was written up to it has been "
                          "replaced",
                          at.number, hex(at.hash)));
}

}  // namespace

Result<AuditEnd> verify_audit(const std::filesystem::path& folder, std::optional<AuditEnd> known) {
  const auto head = read_head(folder);  // first: a server goes on between this and the rows
  if (!head) return tl::unexpected(head.error());
  auto database = sqlite::open_file(folder, sqlite::Access::read);
  if (!database) return tl::unexpected(database.error());
  if (auto begun = database->run("BEGIN"); !begun) return tl::unexpected(begun.error());
  AuditEnd end;
  const auto visit = [&](const AuditRow& row) -> Result<void> {
    if (auto followed = follow(end, row); !followed) return followed;
    return known ? check_known(*known, end) : Result<void>{};
  };
  if (auto visited = sqlite::for_each_audit(*database, 0, all, visit); !visited) return tl::unexpected(visited.error());
  if (!*head)
    return fail(Code::failed, "the file head is missing or damaged: nobody can say whether the tail is there");
  if (auto compared = sqlite::audit_end(*database, (*head)->audit); !compared) return compared;
  if (known && known->number > end.number) {
    return fail(Code::failed, fmt::format("the audit log ends with row {} and row {} was known: its tail is missing",
                                          end.number, known->number));
  }
  return end;
}

Result<void> dump_audit(const std::filesystem::path& folder, const std::function<void(const std::string&)>& line) {
  auto database = sqlite::open_file(folder, sqlite::Access::read);
  if (!database) return tl::unexpected(database.error());
  return sqlite::for_each_audit(*database, 0, all, [&](const AuditRow& row) -> Result<void> {
    line(fmt::format("{} {}", hex(row.hash), row.line));
    return {};
  });
}

}  // namespace dure::journal
