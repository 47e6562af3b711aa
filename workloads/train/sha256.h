// SHA-256 of bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace dure::train {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::span<const std::byte> bytes);

// 64 lower-case hex digits, as sha256sum(1) prints them.
std::string to_hex(const Sha256& hash);

}  // namespace dure::train
