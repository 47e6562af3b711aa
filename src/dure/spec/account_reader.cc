#include "dure/spec/account_reader.h"

#include <limits>
#include <string>

#include "dure/spec/scalars.h"

namespace dure::spec {
namespace {

std::optional<std::string> read_word(const Node& node) {
  if (node.is(Kind::scalar) && !node.value().text.empty()) return node.value().text;
  node.want("a name");
  return std::nullopt;
}

std::optional<AccountRule> read_rule(const Node& node) {
  auto rule = read_mapping<AccountRule>(node, "a mapping such as {tenant: vision, account: vision}",
                                        [](Fields& in, AccountRule& one) {
                                          in.take("tenant", one.tenant, read_word);
                                          in.take("user", one.user, read_word);
                                          in.need("account", one.account, read_word);
                                        });
  if (rule && rule->tenant.empty() && rule->user.empty()) {
    node.refuse("found neither a tenant nor a user", "say whose jobs run as this account");
  }
  return rule;
}

}  // namespace

std::optional<std::vector<AccountRule>> read_account_rules(const Node& node) {
  return list_of(read_rule, "a list of accounts")(node);
}

std::optional<UidRange> read_uid_range(const Node& node) {
  auto range =
      read_mapping<UidRange>(node, "a mapping such as {from: 200000, to: 265535}", [](Fields& in, UidRange& uids) {
        // The last number means `no account` to the kernel.
        const auto uid = integer_in<std::uint32_t>(least_uid, std::numeric_limits<std::uint32_t>::max() - 1);
        in.need("from", uids.from, uid);
        in.need("to", uids.to, uid);
      });
  if (range && range->to < range->from) node.refuse("found a range that ends before it begins", "swap `from` and `to`");
  return range;
}

}  // namespace dure::spec
