#include "dure/import/slurm_account.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "dure/simulate/trace/notation.h"
#include "dure/spec/scalars.h"

namespace dure::importing {
namespace {

constexpr std::string_view root_name = "root";
const std::vector<std::string_view> of_no_limit{"Cluster", "Account", "ParentName", "Par Name", "User",
                                                "Share",   "GrpTRES", "QOS",        "Def QOS",  "ID"};

std::int64_t share_of(const std::string& text) { return simulate::read_whole(text, 1'000'000'000).value_or(1); }

constexpr std::size_t deepest = 60;  // what documents can say

// Each must lead to the root, and not round in a circle.
Result<void> check_parents(const SlurmText& text, const std::vector<SlurmAccount>& accounts) {
  std::map<std::string_view, std::string_view> parents;
  for (const SlurmAccount& account : accounts) parents.emplace(account.name, account.parent);
  for (const SlurmAccount& account : accounts) {
    std::string_view at = account.name;
    for (std::size_t steps = 0; !at.empty(); ++steps) {
      const auto found = parents.find(at);
      if (found == parents.end()) {
        return fail(Code::invalid_argument,
                    fmt::format("{}: found account {} below {}, which is not there; take the output again, whole",
                                text.name, account.name, at));
      }
      if (steps > deepest) {
        return fail(Code::invalid_argument,
                    fmt::format("{}: found account {} below itself, or more than {} deep; make the tree flatter",
                                text.name, account.name, deepest));
      }
      at = found->second;
    }
  }
  return {};
}

}  // namespace

Result<SlurmAccounts> read_slurm_accounts(const SlurmText& text, const std::string& cluster) {
  auto table = SlurmTable::read(text, {"Account", "ParentName", "User", "Share", "GrpTRES"});
  if (!table) return tl::unexpected<Error>(table.error());
  SlurmAccounts read;
  std::map<std::string, std::size_t> at;
  for (const SlurmTable::Row& row : table->rows()) {
    const auto field = [&](std::string_view column) { return table->field(row, column); };
    const std::string name = field("Account");
    if (const std::string of = field("Cluster"); !of.empty() && of != cluster) continue;
    if (name.empty()) return bad_record(text, row.line, "found no account; take the output again");
    if (field("User").empty()) {
      SlurmAccount account{.name = name,
                           .parent = field("ParentName") == root_name ? "" : field("ParentName"),
                           .share = share_of(field("Share")),
                           .has_parents_share = field("Share") == "parent",
                           .group_tres = field("GrpTRES"),
                           .limits = table->settings(row, of_no_limit),
                           .users = {}};
      if (name == root_name) {
        read.root = std::move(account);
      } else if (at.emplace(name, read.accounts.size()).second) {
        read.accounts.push_back(std::move(account));
      } else {
        return bad_record(text, row.line, fmt::format("found account {} twice; name the cluster", name));
      }
      continue;
    }
    const auto found = at.find(name);
    if (name != root_name && found == at.end()) {
      return bad_record(text, row.line,
                        fmt::format("found a user of account {}, which is not above; take the output again", name));
    }
    SlurmUser user{
        .name = field("User"), .share = share_of(field("Share")), .limits = table->settings(row, of_no_limit)};
    if (!field("GrpTRES").empty()) user.limits.emplace_back("GrpTRES", field("GrpTRES"));
    (name == root_name ? read.root : read.accounts[found->second]).users.push_back(std::move(user));
  }
  return check_parents(text, read.accounts).map([&] { return std::move(read); });
}

std::string tenant_name(std::string_view account) {
  std::string name(account.substr(0, spec::longest_name));
  std::ranges::replace(name, '/', '-');
  std::ranges::replace(name, ' ', '-');
  return spec::is_name(name) ? name : "unnamed";
}

std::optional<std::int64_t> tres_count(std::string_view list, std::string_view key) {
  for (const std::string& item : comma_parts(list)) {
    if (item.size() > key.size() && item.starts_with(key) && item[key.size()] == '=') {
      return simulate::read_whole(std::string_view(item).substr(key.size() + 1));
    }
  }
  return std::nullopt;
}

}  // namespace dure::importing
