#include "dure/api/access.h"

#include <algorithm>

namespace dure::api {
namespace {

constexpr std::uint32_t bit(Right right) { return 1u << static_cast<unsigned>(right); }

constexpr std::uint32_t rights_of(Role role) {
  using enum Right;
  switch (role) {
    case Role::operator_:
      return bit(see_pools) | bit(see_nodes) | bit(see_use) | bit(run_estate) | bit(see_tokens) | bit(see_audit) |
             bit(see_server) | bit(see_programmes);
    case Role::owner:
      return bit(see_pools) | bit(see_use) | bit(submit) | bit(see_tokens) | bit(see_programmes) | bit(see_balance) |
             bit(see_credits) | bit(apply) | bit(see_loans);
    case Role::programme:
      return bit(see_pools) | bit(see_use) | bit(see_programmes) | bit(see_balance) | bit(see_credits) |
             bit(run_programme);
    case Role::member:
      return bit(see_pools) | bit(see_use) | bit(submit) | bit(see_programmes) | bit(see_balance) | bit(see_credits) |
             bit(apply);
    case Role::guest: return bit(submit) | bit(see_balance);
    case Role::auditor: return bit(see_audit);
  }
  return 0;
}

Sight sight_of(Role role, bool is_own) {
  switch (role) {
    case Role::operator_: return Sight::opaque;
    case Role::owner:
    case Role::member: return Sight::full;
    case Role::programme: return Sight::status;
    case Role::guest: return is_own ? Sight::full : Sight::none;
    case Role::auditor: return Sight::none;
  }
  return Sight::none;
}

void widen(Seen& seen, Role role, bool is_own) {
  const Sight sight = sight_of(role, is_own);
  seen.sight = std::max(seen.sight, sight);
  seen.has_place |= role == Role::operator_ || role == Role::owner || role == Role::member;
}

}  // namespace

Seen seen(const Actor& actor, std::string_view tenant, std::string_view user) {
  Seen seen;
  for (const Grant& grant : actor.grants) {
    if (grant.covers(tenant)) widen(seen, grant.role, user == actor.subject);
  }
  return seen;
}

bool is_operator(const Actor& actor) {
  return std::ranges::any_of(actor.grants, [](const Grant& grant) { return grant.role == Role::operator_; });
}

Access::Access(const Actor& actor, const Tenants& tenants) : actor_(actor), tenants_(tenants) {
  for (const Grant& grant : actor.grants) {
    Place place{.role = grant.role, .is_everywhere = grant.tenant.empty(), .tenant = {}};
    if (!place.is_everywhere) place.tenant = tenants.find(grant.tenant);
    if (place.is_everywhere || place.tenant) places_.push_back(place);
  }
}

bool Access::covers(const Place& place, std::optional<TenantId> tenant) const {
  if (place.is_everywhere) return true;
  return tenant && tenants_.is_within(*tenant, *place.tenant);
}

bool Access::may(Right right) const {
  return std::ranges::any_of(places_, [&](const Place& place) { return (rights_of(place.role) & bit(right)) != 0; });
}

bool Access::may(Right right, TenantId tenant) const {
  return std::ranges::any_of(
      places_, [&](const Place& place) { return (rights_of(place.role) & bit(right)) != 0 && covers(place, tenant); });
}

bool Access::may(Right right, std::string_view tenant) const {
  return std::ranges::any_of(actor_.grants, [&](const Grant& grant) {
    return (rights_of(grant.role) & bit(right)) != 0 && grant.covers(tenant);
  });
}

bool Access::may_within(Right right, std::string_view tenant) const {
  const Grant above{.role = Role::guest, .tenant = std::string(tenant)};
  return may(right, tenant) || std::ranges::any_of(actor_.grants, [&](const Grant& grant) {
           return (rights_of(grant.role) & bit(right)) != 0 && above.covers(grant.tenant);
         });
}

bool Access::knows(TenantId tenant) const {
  return std::ranges::any_of(places_, [&](const Place& place) {
    if (place.role == Role::auditor) return false;
    return covers(place, tenant) || (place.tenant && tenants_.is_within(*place.tenant, tenant));
  });
}

Seen Access::seen(TenantId tenant, std::string_view user) const {
  Seen seen;
  for (const Place& place : places_) {
    if (covers(place, tenant)) widen(seen, place.role, user == actor_.subject);
  }
  return seen;
}

bool Access::may_end(TenantId tenant, std::string_view user) const {
  const auto is_operator = [&](const Place& place) { return place.role == Role::operator_ && covers(place, tenant); };
  return may_change(tenant, user) || std::ranges::any_of(places_, is_operator);
}

bool Access::may_change(TenantId tenant, std::string_view user) const {
  return std::ranges::any_of(places_, [&](const Place& place) {
    if (!covers(place, tenant)) return false;
    const bool works = place.role == Role::member || place.role == Role::guest;
    return place.role == Role::owner || (works && user == actor_.subject);
  });
}

// Owners give away no more than their own part, and neither the estate's operation nor its log.
bool Access::may_grant(const Grant& grant) const {
  const auto tenant = grant.tenant.empty() ? std::nullopt : tenants_.find(grant.tenant);
  if (!grant.tenant.empty() && !tenant) return false;
  return std::ranges::any_of(places_, [&](const Place& place) {
    if (place.role == Role::operator_) return covers(place, tenant);
    // Whoever runs a programme makes credits: that is not for who spends them.
    const bool is_an_owners =
        grant.role != Role::operator_ && grant.role != Role::auditor && grant.role != Role::programme;
    return place.role == Role::owner && is_an_owners && covers(place, tenant);
  });
}

}  // namespace dure::api
