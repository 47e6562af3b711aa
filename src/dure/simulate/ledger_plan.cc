#include "dure/simulate/ledger_plan.h"

#include <algorithm>
#include <utility>

#include "dure/ledger/month.h"
#include "dure/spec/scalars.h"
#include "dure/spec/suggest.h"

namespace dure::simulate {
namespace {

using spec::Entry;
using spec::Fields;
using spec::Kind;
using spec::Node;
using spec::Value;

std::optional<std::string> read_known_tenant(const Node& node, const spec::KnownTenants& tenants) {
  auto path = spec::read_path(node);
  if (!path || tenants.find(*path)) return path;
  node.refuse("found the unknown tenant " + spec::quote(*path), spec::suggest(*path, tenants.paths()));
  return std::nullopt;
}

std::optional<DecidedRound> read_round(const Node& node, const spec::KnownTenants& tenants) {
  const auto read_tenant = [&](const Node& at) { return read_known_tenant(at, tenants); };
  return spec::read_mapping<DecidedRound>(node,
                                          "a round such as {call: large-1, programme: large, awarded: nipa/large}",
                                          [&](Fields& in, DecidedRound& round) {
                                            in.need("call", round.name, spec::read_name);
                                            in.need("programme", round.programme, spec::read_name);
                                            in.take("months", round.months, spec::integer_in<std::int64_t>(1, 600));
                                            in.need("awarded", round.awarded, read_tenant);
                                            std::string waiting;
                                            if (in.take("waiting", waiting, read_tenant))
                                              round.waiting = std::move(waiting);
                                          });
}

// The document without what only scenarios have.
Value without_rounds(const Value& value) {
  Value rest = value;
  std::erase_if(rest.entries, [](const Entry& entry) { return entry.key == "rounds"; });
  return rest;
}

// Thousandths of cards, by kind.
using Wanted = std::vector<std::pair<std::string, std::int64_t>>;

// A scenario that is scaled down has parts of cards.
std::int64_t cards_of(std::int64_t milli) { return (milli + whole - 1) / whole; }

std::int64_t all_cards(const Wanted& wanted) {
  std::int64_t milli = 0;
  for (const auto& [kind, of_kind] : wanted) milli += of_kind;
  return cards_of(milli);
}

class Planner {
 public:
  Planner(const LedgerPlan& plan, const State& state, bool takes_back)
      : plan_(plan), state_(state), takes_back_(takes_back) {}

  std::vector<ledger::Change> changes() && {
    for (const ledger::RatesDeclared& rates : plan_.file.rates) out_.emplace_back(rates);
    for (const ledger::Programme& programme : plan_.file.programmes) {
      ledger::ProgrammeDeclared declared{programme, by_};
      if (!takes_back_) declared.programme.use.clear();
      out_.emplace_back(std::move(declared));
    }
    for (ledger::GrantAwarded grant : plan_.file.grants) {
      grant.grant = next_grant();
      grant.by = by_;
      out_.emplace_back(std::move(grant));
    }
    for (const DecidedRound& round : plan_.rounds) add(round);
    return std::move(out_);
  }

 private:
  GrantId next_grant() { return id_of<GrantTag>(grants_++); }

  void add(const DecidedRound& round) {
    const CallId call = id_of<CallTag>(calls_++);
    const Time from = state_.now();
    out_.emplace_back(ledger::CallOpened{call, round.name, round.programme, from, {}, by_});
    ledger::CallDecided decided{.call = call, .why = "before the scenario begins", .by = by_};
    std::vector<ledger::GrantAwarded> grants;
    for_each_leaf(round.awarded, [&](const Tenant& tenant) {
      const Wanted wanted = guaranteed_to(tenant);
      if (wanted.empty()) return;
      const ApplicationId id = file(call, tenant, wanted, round.months);
      decided.awarded.push_back(id);
      grants.push_back(grant_for(round, tenant, wanted, id));
    });
    if (round.waiting) {
      for_each_leaf(*round.waiting, [&](const Tenant& tenant) {
        const Wanted wanted = limit_of(tenant);
        if (wanted.empty()) return;
        decided.waiting.push_back({file(call, tenant, wanted, round.months), "others had a higher score"});
      });
    }
    out_.emplace_back(std::move(decided));
    for (ledger::GrantAwarded& grant : grants) {
      grant.grant = next_grant();
      out_.emplace_back(std::move(grant));
    }
  }

  template <class Function>
  void for_each_leaf(const std::string& above, Function&& function) const {
    const Tenants& tenants = state_.tenants();
    const TenantId top = *tenants.find(above);
    for (std::size_t t = 0; t < tenants.size(); ++t) {
      const TenantId id = id_of<TenantTag>(t);
      if (tenants[id].is_leaf() && tenants.is_within(id, top)) function(tenants[id]);
    }
  }

  Wanted guaranteed_to(const Tenant& tenant) const {
    return sum(tenant, [](const Quota& quota) { return quota.guarantee_milli; });
  }
  Wanted limit_of(const Tenant& tenant) const {
    return sum(tenant, [](const Quota& quota) { return quota.limit_milli == no_limit ? 0 : quota.limit_milli; });
  }

  template <class Amount>
  Wanted sum(const Tenant& tenant, const Amount& amount) const {
    Wanted wanted;
    for (std::size_t p = 0; p < tenant.quotas.size(); ++p) {
      const std::int64_t milli = amount(tenant.quotas[p]);
      const std::string& kind = state_.fleet().pool(id_of<PoolTag>(p)).spec.gpu_model;
      if (milli == 0 || kind.empty()) continue;
      const auto known =
          std::find_if(wanted.begin(), wanted.end(), [&](const auto& of_kind) { return of_kind.first == kind; });
      if (known == wanted.end()) {
        wanted.emplace_back(kind, milli);
      } else {
        known->second += milli;
      }
    }
    return wanted;
  }

  ApplicationId file(CallId call, const Tenant& tenant, const Wanted& wanted, std::int64_t months) {
    const ApplicationId id = id_of<ApplicationTag>(applications_++);
    std::vector<ledger::Ask> asks;
    for (const auto& [kind, milli] : wanted) asks.push_back({kind, cards_of(milli)});
    out_.emplace_back(ledger::ApplicationFiled{id, call, tenant.path, tenant.path, std::move(asks), months, {}, by_});
    return id;
  }

  ledger::GrantAwarded grant_for(const DecidedRound& round, const Tenant& tenant, const Wanted& wanted,
                                 ApplicationId application) const {
    const Time from = state_.now();
    const Time to = ledger::months_later(from, round.months, zone());
    ledger::GrantAwarded grant{.programme = round.programme,
                               .tenant = tenant.path,
                               .cards = all_cards(wanted),
                               .lots = {{from, to, 0}},
                               .application = application,
                               .why = round.name,
                               .by = by_};
    for (const auto& [kind, milli] : wanted) {
      grant.kinds.push_back(kind);
      grant.lots.front().micro += ledger::cost_of(rate_of(kind), milli, to - from);
    }
    return grant;
  }

  Duration zone() const { return plan_.file.rates.empty() ? Duration{} : plan_.file.rates.front().zone; }

  ledger::Micro rate_of(const std::string& kind) const {
    if (plan_.file.rates.empty()) return 0;
    for (const ledger::Rate& rate : plan_.file.rates.front().rates) {
      if (rate.kind == kind) return rate.per_hour;
    }
    return 0;
  }

  const LedgerPlan& plan_;
  const State& state_;
  bool takes_back_;
  UserId by_{0};
  std::vector<ledger::Change> out_;
  std::size_t grants_ = 0;
  std::size_t calls_ = 0;
  std::size_t applications_ = 0;
};

}  // namespace

std::optional<LedgerPlan> read_ledger_plan(const Node& node, const spec::LedgerGround& ground) {
  if (!node.is(Kind::mapping)) {
    node.want("rates, programmes, grants and rounds such as {rates: {H200: 1}, programmes: [...]}");
    return std::nullopt;
  }
  LedgerPlan plan;
  const auto read_one = [&](const Node& at) { return read_round(at, ground.tenants); };
  if (const Node rounds = node.at("rounds"); !rounds.is_missing()) {
    auto read = spec::list_of(read_one, "a list of rounds")(rounds);
    if (read) plan.rounds = std::move(*read);
  }
  const Value rest = without_rounds(node.value());
  auto file = spec::read_ledger(Node(rest, node.mistakes()), ground);
  if (!file) return std::nullopt;
  plan.file = std::move(*file);
  return plan;
}

std::vector<ledger::Change> changes_of(const LedgerPlan& plan, const State& state, bool takes_back) {
  return Planner(plan, state, takes_back).changes();
}

}  // namespace dure::simulate
