#include "dure/base/hash.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace dure {

std::uint64_t chain_hash(std::uint64_t chain, std::span<const std::byte> bytes) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), chain);
}

std::string hex16(std::uint64_t value) { return fmt::format("{:016x}", value); }

}  // namespace dure
