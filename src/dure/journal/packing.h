// Bytes packed with zstd.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dure/base/result.h"

namespace dure {

// `level` as zstd counts them: 1 is fast, 9 small.
Result<std::vector<std::byte>> pack(std::span<const std::byte> bytes, int level);

// The reverse. Refuses what is not packed, or would take more than `most_bytes`.
Result<std::vector<std::byte>> unpack(std::span<const std::byte> packed, std::size_t most_bytes);

}  // namespace dure
