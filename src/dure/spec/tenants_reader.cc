#include "dure/spec/tenants_reader.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "dure/spec/file.h"
#include "dure/spec/pool_reader.h"
#include "dure/spec/scalars.h"

namespace dure::spec {
namespace {

constexpr std::uint32_t largest_weight = 1'000'000;
constexpr std::uint32_t most_racks = most_nodes;

using Amounts = std::map<PoolId, std::int64_t>;  // thousandths

using Racks = std::map<PoolId, std::uint32_t>;

// A tenant and what it and those below it are guaranteed together, whole racks among that.
struct Subtree {
  TenantSpec spec;
  Amounts guarantees;
  Racks racks;
};

std::optional<Preempt> read_preempt(const Node& node) {
  static const auto read = one_of<Preempt>({{"none", Preempt::none}, {"priority", Preempt::priority}});
  return read(node);
}

std::string counted(std::uint32_t racks) { return fmt::format("{} rack{}", racks, racks == 1 ? "" : "s"); }

std::string pool_amount(const Pool& pool, std::int64_t milli) {
  return fmt::format("{} of {}", amount_text(milli, unit(pool)), pool.path);
}

// Reads `{pool path: number}`.
template <class Number, class Read>
std::map<PoolId, Number> read_by_pool(const Node& node, const Fleet* fleet, const char* wanted, const Read& read) {
  std::map<PoolId, Number> numbers;
  if (node.is_missing()) return numbers;
  if (!node.is(Kind::mapping)) {
    node.want(wanted);
    return numbers;
  }
  for (const Entry& entry : node.value().entries) {
    const auto number = read(node.at(entry));
    const auto pool = find_pool_key(node, entry, fleet);
    if (number && pool) numbers[*pool] = *number;
  }
  return numbers;
}

Amounts read_amounts(const Node& node, const Fleet* fleet) {
  return read_by_pool<std::int64_t>(node, fleet, "pools and amounts such as {sejong/h200: 1024}", read_amount);
}

Racks read_racks(const Node& node, const Fleet* fleet) {
  return read_by_pool<std::uint32_t>(node, fleet, "pools and numbers of racks such as {sejong/h200: 4}",
                                     integer_in<std::uint32_t>(0, most_racks));
}

// What each root tenant owns, by its name.
using Owned = std::map<std::string, Amounts, std::less<>>;

Owned owned_in(const Fleet& fleet) {
  Owned owned;
  for (std::size_t i = 0; i < fleet.pools().size(); ++i) {
    for (const OwnerShare& share : fleet.pools()[i].spec.owners) {
      owned[share.tenant][id_of<PoolTag>(i)] = share.amount_milli;
    }
  }
  return owned;
}

class TreeReader {
 public:
  // `fleet` may be null and must outlive this.
  explicit TreeReader(const Fleet* fleet) : fleet_(fleet) {}

  std::vector<TenantSpec> read_roots(const Node& list) const {
    const Owned owned = fleet_ != nullptr ? owned_in(*fleet_) : Owned{};
    std::vector<Subtree> roots = read_siblings(list, owned);
    if (fleet_ != nullptr) {
      check_owners(list, roots, owned);
      check_total(list, roots);
    }
    return specs_of(std::move(roots));
  }

 private:
  std::vector<Subtree> read_siblings(const Node& list, const Owned& owned) const {
    const auto read = list_of([&](const Node& node) { return read_tenant(node, owned); }, "a list of tenants");
    refuse_duplicates(list, "name", "tenant");
    return read(list).value_or(std::vector<Subtree>{});
  }

  std::optional<Subtree> read_tenant(const Node& node, const Owned& owned) const {
    return read_mapping<Subtree>(node, "a tenant such as {name: nipa}", [&](Fields& in, Subtree& subtree) {
      TenantSpec& tenant = subtree.spec;
      in.need("name", tenant.name, read_name);
      in.take("weight", tenant.weight, integer_in<std::uint32_t>(1, largest_weight));
      if (Fairness fairness{}; in.take("fairness", fairness, read_fairness)) tenant.fairness = fairness;
      in.take("preempt", tenant.preempt, read_preempt);
      const std::size_t mistakes_before = in.node().mistakes().count();
      Amounts stated = read_guarantees(in.at("guarantee"));
      if (const auto own = owned.find(tenant.name); own != owned.end()) {
        add_shares(in.node().at("guarantee"), own->second, stated);
      }
      if (const Node children = in.at("children"); !children.is_missing()) {
        std::vector<Subtree> read = read_siblings(children, {});
        subtree.guarantees = sum(read, &Subtree::guarantees);
        subtree.racks = sum(read, &Subtree::racks);
        tenant.children = specs_of(std::move(read));
      }
      const bool guarantees_are_known = in.node().mistakes().count() == mistakes_before;
      const Amounts limits = read_amounts(in.at("limit"), fleet_);
      const Racks racks = read_racks(in.at("racks"), fleet_);
      check_children(in.node(), stated, subtree.guarantees);
      for (const auto& [pool, amount] : stated) subtree.guarantees[pool] = amount;
      check_limits(in.node().at("limit"), limits, subtree.guarantees);
      const Node racks_node = in.node().at("racks");
      check_racks_of_children(racks_node, racks, subtree.racks);
      if (guarantees_are_known) check_racks(racks_node, racks, subtree.guarantees);
      for (const auto& [pool, count] : racks) subtree.racks[pool] = count;
      tenant.quotas = quotas_of(stated, limits, racks);
    });
  }

  Amounts read_guarantees(const Node& node) const {
    Amounts amounts = read_amounts(node, fleet_);
    if (fleet_ == nullptr) return amounts;
    std::erase_if(amounts, [&](const auto& guarantee) {
      const Pool& pool = fleet_->pool(guarantee.first);
      if (guarantee.second <= pool.capacity()) return false;
      node.at(pool.path).refuse(
          fmt::format("found a guarantee of {}", amount_text(guarantee.second, unit(pool))),
          fmt::format("write at most {}, which is all of the pool", amount_text(pool.capacity())));
      return true;
    });
    return amounts;
  }

  void add_shares(const Node& node, const Amounts& shares, Amounts& stated) const {
    for (const auto& [pool_id, share] : shares) {
      const Pool& pool = fleet_->pool(pool_id);
      const auto [guarantee, is_new] = stated.emplace(pool_id, share);
      if (is_new || guarantee->second == share) continue;
      node.at(pool.path).refuse(
          fmt::format("found {}", amount_text(guarantee->second)),
          fmt::format("leave it out, or write {}, which is what the tenant owns there", amount_text(share)));
      guarantee->second = share;
    }
  }

  void check_children(const Node& node, const Amounts& stated, const Amounts& of_children) const {
    for (const auto& [pool_id, amount] : stated) {
      const auto together = of_children.find(pool_id);
      if (fleet_ == nullptr || together == of_children.end() || together->second <= amount) continue;
      const Pool& pool = fleet_->pool(pool_id);
      const Node guarantees = node.at("guarantee");
      const Node guarantee = guarantees.at(pool.path);
      const Node& at = guarantee.is_missing() ? node.at("children") : guarantee;
      at.refuse(fmt::format("found a guarantee of {}, and {} for the children together", pool_amount(pool, amount),
                            amount_text(together->second)),
                "raise the one or lower the others");
    }
  }

  void check_limits(const Node& node, const Amounts& limits, const Amounts& guarantees) const {
    for (const auto& [pool_id, limit] : limits) {
      const auto guarantee = guarantees.find(pool_id);
      if (fleet_ == nullptr || guarantee == guarantees.end() || limit >= guarantee->second) continue;
      const Pool& pool = fleet_->pool(pool_id);
      node.at(pool.path).refuse(fmt::format("found a limit of {}", amount_text(limit, unit(pool))),
                                fmt::format("write at least the guarantee of {}", amount_text(guarantee->second)));
    }
  }

  void check_racks_of_children(const Node& node, const Racks& stated, const Racks& of_children) const {
    if (fleet_ == nullptr) return;
    for (const auto& [pool_id, count] : stated) {
      const auto below = of_children.find(pool_id);
      if (below == of_children.end() || below->second <= count) continue;
      node.at(fleet_->pool(pool_id).path)
          .refuse(fmt::format("found {}, and {} for the children together", counted(count), below->second),
                  "raise the one or lower the others");
    }
  }

  void check_racks(const Node& node, const Racks& stated, const Amounts& guarantees) const {
    if (fleet_ == nullptr) return;
    for (const auto& [pool_id, count] : stated) {
      const Pool& pool = fleet_->pool(pool_id);
      const auto guarantee = guarantees.find(pool_id);
      const std::int64_t covered = guarantee == guarantees.end() ? 0 : guarantee->second;
      const std::int64_t rack = pool.node_amount() * pool.nodes_in(Level::rack);
      if (count <= covered / rack) continue;
      node.at(pool.path).refuse(
          fmt::format("found {} of {} each, and a guarantee of {}", counted(count), amount_text(rack, unit(pool)),
                      amount_text(covered)),
          covered < rack ? fmt::format("write a guarantee of at least {}, or no racks", amount_text(rack * count))
                         : fmt::format("write at most {}, or raise the guarantee", covered / rack));
    }
  }

  void check_owners(const Node& list, const std::vector<Subtree>& roots, const Owned& owned) const {
    std::set<std::string_view> names;
    for (const Subtree& root : roots) names.insert(root.spec.name);
    for (const auto& [owner, shares] : owned) {
      if (names.contains(owner)) continue;
      const auto& [pool, share] = *shares.begin();
      list.refuse(
          fmt::format("found no tenant {}, which owns {}", quote(owner), pool_amount(fleet_->pool(pool), share)),
          "add it as a root tenant, or change the owners in the fleet");
    }
  }

  void check_total(const Node& list, const std::vector<Subtree>& roots) const {
    for (const auto& [pool_id, amount] : sum(roots, &Subtree::guarantees)) {
      const Pool& pool = fleet_->pool(pool_id);
      if (amount <= pool.capacity()) continue;
      list.refuse(fmt::format("found guarantees of {} together", pool_amount(pool, amount)),
                  fmt::format("lower them to at most {}, which is all of the pool", amount_text(pool.capacity())));
    }
  }

  std::vector<QuotaSpec> quotas_of(const Amounts& guarantees, const Amounts& limits, const Racks& racks) const {
    std::map<PoolId, QuotaSpec> quotas;
    for (const auto& [pool, amount] : guarantees) quotas[pool].guarantee_milli = amount;
    for (const auto& [pool, amount] : limits) quotas[pool].limit_milli = amount;
    for (const auto& [pool, count] : racks) quotas[pool].racks = count;
    std::vector<QuotaSpec> list;
    for (auto& [pool, quota] : quotas) {
      if (fleet_ != nullptr) quota.pool = fleet_->pool(pool).path;
      list.push_back(std::move(quota));
    }
    return list;
  }

  template <class Numbers>
  static Numbers sum(const std::vector<Subtree>& siblings, Numbers Subtree::* numbers) {
    Numbers total;
    for (const Subtree& sibling : siblings) {
      for (const auto& [pool, number] : sibling.*numbers) total[pool] += number;
    }
    return total;
  }

  static std::vector<TenantSpec> specs_of(std::vector<Subtree> siblings) {
    std::vector<TenantSpec> specs;
    for (Subtree& sibling : siblings) specs.push_back(std::move(sibling.spec));
    return specs;
  }

  const Fleet* fleet_;
};

}  // namespace

std::optional<Fairness> read_fairness(const Node& node) {
  static const auto read = one_of<Fairness>({{"none", Fairness::none}, {"users", Fairness::users}});
  return read(node);
}

std::optional<TenantsSpec> read_tenants_list(const Node& node, const Fleet* fleet) {
  return TenantsSpec{.roots = TreeReader(fleet).read_roots(node), .fairness = Fairness::users};
}

std::optional<TenantsSpec> read_tenants_node(const Node& node, const Fleet* fleet) {
  return read_mapping<TenantsSpec>(
      node, "a mapping such as {tenants: [{name: nipa}]}", [&](Fields& in, TenantsSpec& tenants) {
        in.need("tenants", tenants, [&](const Node& list) { return read_tenants_list(list, fleet); });
      });
}

Result<TenantsSpec> read_tenants_text(std::string_view text, std::string name, const Fleet& fleet) {
  return read_text(text, std::move(name), [&](const Node& node) { return read_tenants_node(node, &fleet); });
}

Result<TenantsSpec> read_tenants(const std::filesystem::path& path, const Fleet& fleet) {
  return read_file(path).and_then(
      [&](const std::string& text) { return read_tenants_text(text, path.string(), fleet); });
}

Tenants make_tenants(TenantsSpec spec, const Fleet& fleet) { return Tenants(std::move(spec), fleet.pool_paths()); }

}  // namespace dure::spec
