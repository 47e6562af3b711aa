// What it costs to know who asks, and what they may: 100,000 tokens among 10,000 tenants.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "dure/api/access.h"
#include "dure/api/secret.h"
#include "dure/server/token_book.h"

namespace {

using namespace dure;

constexpr std::size_t organisations = 100;
constexpr std::size_t projects = 100;  // of each

Tenants tenants() {
  TenantsSpec spec;
  for (std::size_t o = 0; o < organisations; ++o) {
    TenantSpec organisation{.name = fmt::format("org{}", o)};
    for (std::size_t p = 0; p < projects; ++p) organisation.children.push_back({.name = fmt::format("project{}", p)});
    spec.roots.push_back(std::move(organisation));
  }
  return {std::move(spec), {}};
}

std::string secret_of(std::size_t i) { return fmt::format("dure_{:064x}", i * 0x9E37'79B9'7F4A'7C15ULL); }

// From the header of a request to whether its sender may submit to a tenant, each time by another token.
void authenticate(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Tenants tree = tenants();
  server::TokenBook book;
  std::vector<std::string> secrets;
  std::vector<TenantId> theirs;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string tenant = fmt::format("org{}/project{}", i % organisations, i / organisations % projects);
    secrets.push_back(secret_of(i));
    theirs.push_back(*tree.find(tenant));
    StoredToken token{.hash = api::hash_of_secret(secrets.back()),
                      .subject = fmt::format("user{}", i),
                      .grants = {{.role = Role::member, .tenant = tenant}}};
    token.id = fmt::format("t{:012x}", i);
    book.put(std::move(token));
  }
  std::size_t next = 0;
  for (auto _ : state) {
    next = (next + 7919) % count;
    const auto actor = book.find(secrets[next], Time{1});
    const api::Access access(*actor, tree);
    if (!access.may(api::Right::submit, theirs[next])) state.SkipWithError("a token without its right");
  }
}
BENCHMARK(authenticate)->ArgName("tokens")->Arg(1000)->Arg(100'000)->Repetitions(5);

}  // namespace
