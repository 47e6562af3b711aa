// Dense 32-bit ids. Each kind is a type of its own, so that a JobId never meets a NodeId by accident.
// They are declared here, below every module, because facts, quotas and placements name each other's things.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace dure {

template <class Tag>
struct Id {
  std::uint32_t value = 0;

  constexpr auto operator<=>(const Id&) const = default;
  // The position in a vector that is indexed by this kind of id.
  constexpr std::size_t index() const { return value; }
};

using SiteId = Id<struct SiteTag>;
using PoolId = Id<struct PoolTag>;
using NodeId = Id<struct NodeTag>;
using TenantId = Id<struct TenantTag>;
using UserId = Id<struct UserTag>;
using JobId = Id<struct JobTag>;
using ShapeId = Id<struct ShapeTag>;
using WindowId = Id<struct WindowTag>;
using AccountId = Id<struct AccountTag>;
using GrantId = Id<struct GrantTag>;
using CallId = Id<struct CallTag>;
using ApplicationId = Id<struct ApplicationTag>;

template <class Tag>
constexpr Id<Tag> id_of(std::size_t index) {
  return Id<Tag>{static_cast<std::uint32_t>(index)};
}

}  // namespace dure

template <class Tag>
struct std::hash<dure::Id<Tag>> {
  std::size_t operator()(dure::Id<Tag> id) const noexcept { return std::size_t{id.value} * 0x9E3779B97F4A7C15u; }
};
