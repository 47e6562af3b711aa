#include "dure/journal/sqlite/token_rows.h"

#include <fmt/format.h>

#include <utility>

#include "dure/base/hash.h"

namespace dure::sqlite {

Result<void> put_token(Statement& put, const StoredToken& token, ByteWriter& scratch) {
  scratch.clear();
  scratch(token);
  return put.run(token.id, scratch.bytes(), chain_hash(0, scratch.bytes()));
}

Result<std::vector<StoredToken>> read_tokens(Database& database) {
  auto query = database.prepare("SELECT id, bytes, checksum FROM token ORDER BY id");
  if (!query) return tl::unexpected(query.error());
  query->start();
  std::vector<StoredToken> tokens;
  for (;;) {
    const auto row = query->next();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return tokens;
    auto token = from_bytes<StoredToken>(query->bytes(1));
    if (!token || token->id != query->text(0) || chain_hash(0, query->bytes(1)) != query->number(2)) {
      return fail(Code::failed,
                  fmt::format("the token {} is damaged; restore the journal from a backup", query->text(0)));
    }
    tokens.push_back(*std::move(token));
  }
}

}  // namespace dure::sqlite
