// Who may see and do what. A tenant sees its own work; an operator where work lies, and not what it is; a programme
// office what came of it; a guest its own jobs, and nothing of the machines; an auditor the log and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dure/api/actor.h"
#include "dure/tenancy/grant.h"
#include "dure/tenancy/tenants.h"

namespace dure::api {

enum class Right : std::uint8_t {
  see_pools,   // what pools hold in total
  see_nodes,   // nodes, devices, and jobs by number
  see_use,     // quotas and use of a tenant
  submit,      // jobs of a tenant
  run_estate,  // drain nodes, declare fleet and tenants
  see_tokens,  // and make and revoke them
  see_audit,
  see_server,      // its folder and its metrics
  see_programmes,  // and rates
  see_balance,     // what a tenant has left
  see_credits,     // its grants, its statements, and what it applied for
  apply,           // for a tenant, and appeal for it
  run_programme,   // of a tenant: calls, reviews, awards and what becomes of them
  see_loans,       // of a root tenant
};

// How much of a job one may see, each with all of the former.
enum class Sight : std::uint8_t {
  none,    // as if it were not there
  opaque,  // its number, state and amounts
  status,  // its names and outcome
  full,    // what it runs, what it wrote, and why it failed
};
struct Seen {
  Sight sight = Sight::none;
  bool has_place =
      false;  // where it runs, and what keeps it from running: guests and offices must not learn of the machines
};

// Of a job by the path of its tenant, which may be gone by now.
Seen seen(const Actor& actor, std::string_view tenant, std::string_view user);

// Runs the estate, and sees its nodes and what was declared.
bool is_operator(const Actor& actor);

// What an actor may, among the tenants of a view. Cheap to make: one look-up a grant.
class Access {
 public:
  // Both must outlive it.
  Access(const Actor& actor, const Tenants& tenants);

  const Actor& actor() const { return actor_; }
  const Tenants& tenants() const { return tenants_; }

  // Anywhere at all.
  bool may(Right right) const;
  // O(grants x depth).
  bool may(Right right, TenantId tenant) const;
  // The same by its path; it may be gone by now.
  bool may(Right right, std::string_view tenant) const;
  // There, or at a tenant below it.
  bool may_within(Right right, std::string_view tenant) const;
  // Whether the tenant is within what some grant is for, or above it. Auditors know the log alone.
  bool knows(TenantId tenant) const;
  Seen seen(TenantId tenant, std::string_view user) const;
  // End a job; or change what it asks for.
  bool may_end(TenantId tenant, std::string_view user) const;
  bool may_change(TenantId tenant, std::string_view user) const;
  // Give somebody this.
  bool may_grant(const Grant& grant) const;

 private:
  struct Place {
    Role role = Role::guest;
    bool is_everywhere = false;
    std::optional<TenantId> tenant;  // nullopt: everywhere, or nowhere any more
  };
  bool covers(const Place& place, std::optional<TenantId> tenant) const;

  const Actor& actor_;
  const Tenants& tenants_;
  std::vector<Place> places_;
};

}  // namespace dure::api
