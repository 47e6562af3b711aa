#include "dure/base/hash.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace dure {

std::uint64_t chain_hash(std::uint64_t chain, std::span<const std::byte> bytes) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), chain);
}

Hash128 hash_128(std::span<const std::byte> bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {.high = hash.high64, .low = hash.low64};
}

std::string hex16(std::uint64_t value) { return fmt::format("{:016x}", value); }

}  // namespace dure
