// The digest: 64 bits, XXH3, chained. Shown as 16 hex digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace dure {

// Returns the hash of `bytes` that continues `chain`.
std::uint64_t chain_hash(std::uint64_t chain, std::span<const std::byte> bytes);

// 128 bits, XXH3: wide enough to stand for the bytes.
struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Hash128&) const = default;
};
Hash128 hash_128(std::span<const std::byte> bytes);

// 16 lower-case hex digits.
std::string hex16(std::uint64_t value);

}  // namespace dure
