// What users hold and have used of late, where the users of a tenant take turns.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <ranges>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/tenancy/usage.h"

namespace dure {

// Keeps those alone of whom something is left: they hold something, or what they used has not decayed to nothing.
class UserUsage {
 public:
  struct Key {
    TenantId tenant;  // a leaf
    PoolId pool;
    UserId user;
    auto operator<=>(const Key&) const = default;
  };
  using Accounts = std::map<Key, UsageAccount>;

  // Nothing of whom nothing is known. O(log accounts).
  UsageAccount of(const Key& key) const {
    const auto found = accounts_.find(key);
    return found == accounts_.end() ? UsageAccount{} : found->second;
  }
  const Accounts& all() const { return accounts_; }
  // Those of one tenant in one pool, by user.
  auto of(TenantId tenant, PoolId pool) const {
    const auto first = accounts_.lower_bound({tenant, pool, UserId{0}});
    const auto is_there = [=](const auto& entry) { return entry.first.tenant == tenant && entry.first.pool == pool; };
    return std::ranges::subrange(first, accounts_.end()) | std::views::take_while(is_there);
  }

  // Holds so much more from the instant of that weight on. O(log accounts).
  void hold(const Key& key, std::int64_t milli, std::int64_t weight) {
    if (milli != 0) accounts_[key].hold(milli, weight);
  }
  void insert(const Key& key, const UsageAccount& account) { accounts_[key] = account; }
  // The epoch has moved by so many half-lives. O(accounts).
  void rebase(int bits) {
    for (auto& [key, account] : accounts_) account.base >>= bits;
    std::erase_if(accounts_, [](const auto& entry) { return entry.second.held_milli == 0 && entry.second.base <= 0; });
  }

 private:
  Accounts accounts_;
};

template <class Archive>
void fields(Archive& archive, Like<UserUsage::Key> auto& key) {
  archive(key.tenant);
  archive(key.pool);
  archive(key.user);
}

}  // namespace dure
