#include "dure/api/access.h"

#include <gtest/gtest.h>

#include <string>

namespace dure::api {
namespace {

// a: x, y; b: z
Tenants tree() {
  return {TenantsSpec{.roots = {{.name = "a", .children = {{.name = "x"}, {.name = "y"}}},
                                {.name = "b", .children = {{.name = "z"}}}}},
          {}};
}

Actor actor(std::vector<Grant> grants) { return {.subject = "kim", .token = "t1", .grants = std::move(grants)}; }

std::string to_text(Seen seen) {
  const char* sight = seen.sight == Sight::none     ? "none"
                      : seen.sight == Sight::opaque ? "opaque"
                      : seen.sight == Sight::status ? "status"
                                                    : "full";
  return std::string(sight) + (seen.has_place ? "+place" : "");
}

// What kim sees of a job in `tenant`, by both ways of asking, which must agree.
std::string sees(const std::vector<Grant>& grants, const std::string& tenant, const std::string& user = "lee") {
  const Tenants tenants = tree();
  const Actor kim = actor(grants);
  const std::string by_path = to_text(seen(kim, tenant, user));
  const auto id = tenants.find(tenant);
  EXPECT_EQ(to_text(Access(kim, tenants).seen(id.value(), user)), by_path);
  return by_path;
}

bool may_end(const std::vector<Grant>& grants, const std::string& tenant, const std::string& user) {
  const Tenants tenants = tree();
  const Actor kim = actor(grants);
  return Access(kim, tenants).may_end(*tenants.find(tenant), user);
}

bool may_grant(const std::vector<Grant>& grants, const Grant& wish) {
  const Tenants tenants = tree();
  const Actor kim = actor(grants);
  return Access(kim, tenants).may_grant(wish);
}

TEST(Access, ATenantSeesItsOwnWorkAndNobodyElses) {
  EXPECT_EQ(sees({{Role::member, "a/x"}}, "a/x"), "full+place");
  EXPECT_EQ(sees({{Role::member, "a/x"}}, "a/y"), "none");
  EXPECT_EQ(sees({{Role::member, "a/x"}}, "a"), "none");
  EXPECT_EQ(sees({{Role::member, "a"}}, "a/x"), "full+place");
  EXPECT_EQ(sees({{Role::member, "a"}}, "b/z"), "none");
}

TEST(Access, AnOfficeSeesOutcomesAndNoPlaces) { EXPECT_EQ(sees({{Role::programme, "a"}}, "a/x"), "status"); }

TEST(Access, AnOperatorSeesPlacesAndNoNames) { EXPECT_EQ(sees({{Role::operator_, ""}}, "b/z"), "opaque+place"); }

TEST(Access, AGuestSeesItsOwnJobsAndNoMachines) {
  EXPECT_EQ(sees({{Role::guest, "a/x"}}, "a/x", "kim"), "full");
  EXPECT_EQ(sees({{Role::guest, "a/x"}}, "a/x", "lee"), "none");
  EXPECT_EQ(sees({{Role::guest, "a/x"}}, "b/z", "kim"), "none");
}

TEST(Access, AnAuditorSeesTheLogAndNothingElse) {
  EXPECT_EQ(sees({{Role::auditor, ""}}, "a/x", "kim"), "none");
  const Tenants tenants = tree();
  const Actor kim = actor({{Role::auditor, ""}});
  const Access access(kim, tenants);
  for (int right = 0; right <= static_cast<int>(Right::see_server); ++right) {
    EXPECT_EQ(access.may(static_cast<Right>(right)), static_cast<Right>(right) == Right::see_audit) << right;
  }
}

TEST(Access, SeveralRolesAddUp) {
  const std::vector<Grant> grants{{Role::operator_, ""}, {Role::member, "a/x"}};
  EXPECT_EQ(sees(grants, "a/x"), "full+place");
  EXPECT_EQ(sees(grants, "a/y"), "opaque+place");
}

TEST(Access, APathThatBeginsAlikeIsAnotherTenant) {
  EXPECT_FALSE((Grant{Role::member, "a/x"}.covers("a/xy")));
  EXPECT_TRUE((Grant{Role::member, "a/x"}.covers("a/x/y")));
}

TEST(Access, ARoleForATenantThatIsGoneIsForNobody) {
  EXPECT_EQ(sees({{Role::member, "a/gone"}}, "a/x"), "none");
  EXPECT_FALSE(may_grant({{Role::owner, "gone"}}, {Role::member, "a/x"}));
}

TEST(Access, MembersChangeTheirOwnJobsAndOwnersAll) {
  EXPECT_TRUE(may_end({{Role::member, "a/x"}}, "a/x", "kim"));
  EXPECT_FALSE(may_end({{Role::member, "a/x"}}, "a/x", "lee"));
  EXPECT_TRUE(may_end({{Role::owner, "a"}}, "a/x", "lee"));
  EXPECT_FALSE(may_end({{Role::owner, "b"}}, "a/x", "kim"));
  EXPECT_FALSE(may_end({{Role::programme, "a"}}, "a/x", "kim"));
  EXPECT_TRUE(may_end({{Role::operator_, ""}}, "a/x", "lee"));
}

TEST(Access, OwnersGiveNoMoreThanTheirs) {
  const std::vector<Grant> owner{{Role::owner, "a"}};
  EXPECT_TRUE(may_grant(owner, {Role::owner, "a"}));
  EXPECT_TRUE(may_grant(owner, {Role::member, "a/x"}));
  EXPECT_FALSE(may_grant(owner, {Role::member, "b/z"}));
  EXPECT_FALSE(may_grant(owner, {Role::member, ""}));
  EXPECT_FALSE(may_grant(owner, {Role::auditor, ""}));
  EXPECT_FALSE(may_grant(owner, {Role::programme, "a"})) << "who spends credits makes none";
  EXPECT_FALSE(may_grant(owner, {Role::operator_, ""}));
  EXPECT_FALSE(may_grant({{Role::member, "a"}}, {Role::member, "a"}));
  EXPECT_TRUE(may_grant({{Role::operator_, ""}}, {Role::operator_, ""}));
}

}  // namespace
}  // namespace dure::api
