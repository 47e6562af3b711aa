// SHA-256, for what others must be able to check without Dure, and for what must not be guessed from its hash.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dure/base/bytes.h"

namespace dure {

struct Sha256 {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const Sha256&) const = default;
};

template <class Archive>
void fields(Archive& archive, Like<Sha256> auto& hash) {
  for (auto& byte : hash.bytes) archive(byte);
}

Sha256 sha256(std::span<const std::byte> bytes);
Sha256 sha256(std::string_view text);

// 64 lower-case hexadecimal digits.
std::string hex(const Sha256& hash);
// What `hex` writes; nullopt for anything else.
std::optional<Sha256> parse_sha256(std::string_view text);

}  // namespace dure
