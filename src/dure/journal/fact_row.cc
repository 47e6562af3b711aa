#include "dure/journal/fact_row.h"

#include <fmt/format.h>

#include "dure/base/bytes.h"
#include "dure/base/hash.h"

namespace dure {

Result<void> read_facts(const FactRow& row, Link& link, std::vector<Fact>& facts) {
  if (row.first != link.sequence + 1) {
    return fail(Code::failed, fmt::format("fact {} is missing; the next there is is {}", link.sequence + 1, row.first));
  }
  if (row.count == 0 || row.count > row.bytes.size()) {
    return fail(Code::failed, fmt::format("the turn that begins with fact {} says it holds {} facts in {} bytes",
                                          row.first, row.count, row.bytes.size()));
  }
  facts.resize(row.count);
  ByteReader reader(row.bytes);
  std::uint64_t chain = link.chain;
  for (std::uint64_t i = 0; i < row.count; ++i) {
    const std::size_t begin = reader.position();
    reader(facts[i]);
    if (reader.has_failed()) return fail(Code::failed, fmt::format("fact {} cannot be read", row.first + i));
    chain = chain_hash(chain, row.bytes.subspan(begin, reader.position() - begin));
  }
  if (!reader.is_done()) {
    return fail(Code::failed, fmt::format("{} bytes follow fact {} of the same turn", reader.left(), row.last()));
  }
  if (chain != row.chain) {
    return fail(Code::failed, fmt::format("facts {} to {} hash to {}, and {} was recorded", row.first, row.last(),
                                          hex16(chain), hex16(row.chain)));
  }
  link = {row.last(), chain};
  return {};
}

}  // namespace dure
