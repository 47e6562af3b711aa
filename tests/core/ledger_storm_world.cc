#include "ledger_storm_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "chance.h"

namespace dure {
namespace {

using ledger::credit;

const UserId officer{0};

template <class T>
const T* any_of(Random& random, const std::vector<T>& values) {
  return values.empty() ? nullptr : &values[random.below(values.size())];
}

std::string random_tenant(Random& random, const State& state, const std::string& within = {}) {
  std::vector<std::string> paths;
  for (std::size_t t = 0; t < state.tenants().size(); ++t) {
    const std::string& path = state.tenants()[id_of<TenantTag>(t)].path;
    if (path.starts_with(within)) paths.push_back(path);
  }
  return paths.empty() ? within : paths[random.below(paths.size())];
}

ledger::Change random_rates(Random& random, const State& state, Time now) {
  const bool is_first = !state.ledger().is_open();
  ledger::RatesDeclared rates{.from = now + pick(random, {seconds(0), seconds(0), hours(2), days(3)}),
                              .zone = is_first ? pick(random, {hours(-5), hours(0), hours(9)}) : state.ledger().zone(),
                              .rates = {}};
  for (const char* kind : {"X", "Y", "cpu"}) {
    if (one_in(random, 8)) continue;
    rates.rates.push_back({kind, pick<ledger::Micro>(random, {0, 1, 333'333, credit, credit, 7'000'001})});
  }
  return rates;
}

ledger::UseRule random_rule(Random& random) {
  const Duration second = pick(random, {minutes(30), hours(5), days(7)});
  return {.at_percent = static_cast<std::uint32_t>(random.between(5, 60)),
          .least_percent = static_cast<std::uint32_t>(random.between(1, 100)),
          .second_notice = second,
          .appeal = second + pick(random, {minutes(30), hours(5), days(7)})};
}

ledger::Change random_programme(Random& random, const State& state) {
  const std::vector<ledger::Programme>& known = state.ledger().programmes();
  ledger::Programme programme;
  if (known.size() >= 3 || (!known.empty() && one_in(random, 2))) {
    programme = *any_of(random, known);
  } else {
    programme.name = fmt::format("p{}", known.size());
    programme.tenant = random_tenant(random, state);
    programme.is_emergency = one_in(random, 3);
    if (!one_in(random, 5)) programme.use.push_back(random_rule(random));
    if (one_in(random, 3)) {
      programme.use.push_back(random_rule(random));
      programme.use.back().at_percent += 35;
    }
  }
  programme.overrun =
      pick(random, {ledger::Overrun::refuse, ledger::Overrun::finish, ledger::Overrun::debt, ledger::Overrun::borrow});
  programme.debt = pick<ledger::Micro>(random, {0, 1, 20 * credit, 1000 * credit});
  programme.bursts = one_in(random, 4);
  programme.hours.reset();
  if (one_in(random, 6)) programme.hours = ledger::DayHours{static_cast<std::uint32_t>(random.below(720)), 1200};
  return ledger::ProgrammeDeclared{std::move(programme), officer};
}

ledger::Change random_filing(Random& random, const State& state) {
  const ledger::Ledger& ledger = state.ledger();
  const ledger::Call* call = any_of(random, ledger.calls());
  if (call == nullptr || (call->is_decided && one_in(random, 2))) {
    const ledger::Programme* programme = any_of(random, ledger.programmes());
    return ledger::CallOpened{id_of<CallTag>(ledger.calls().size()),
                              fmt::format("c{}", ledger.calls().size()),
                              programme == nullptr ? "p0" : programme->name,
                              state.now(),
                              "",
                              officer};
  }
  ledger::ApplicationFiled filed{.application = id_of<ApplicationTag>(ledger.applications().size()),
                                 .call = call->id,
                                 .name = fmt::format("a{}", ledger.applications().size()),
                                 .tenant = random_tenant(random, state, ledger.programmes()[call->programme].tenant),
                                 .asks = {{pick<const char*>(random, {"X", "Y", "cpu"}), random.between(1, 6)}},
                                 .months = random.between(1, 3),
                                 .text = "",
                                 .by = officer};
  if (one_in(random, 3)) filed.asks.push_back({"X", random.between(1, 3)});
  return filed;
}

// By score, some to be awarded and the rest to wait.
ledger::Change random_decision(Random& random, const State& state) {
  const ledger::Ledger& ledger = state.ledger();
  const ledger::Application* some = any_of(random, ledger.applications());
  if (some == nullptr) return random_filing(random, state);
  if (some->status < ledger::ApplicationStatus::awarded && one_in(random, 3)) {
    return ledger::ApplicationReviewed{some->id, random.between(0, 10'000), "", officer};
  }
  std::vector<const ledger::Application*> all;
  for (const ledger::Application& one : ledger.applications()) {
    if (one.call == some->call) all.push_back(&one);
  }
  if (all.size() < 4 && !one_in(random, 6)) return random_filing(random, state);
  std::sort(all.begin(), all.end(),
            [](auto* a, auto* b) { return std::pair(b->score, a->id) < std::pair(a->score, b->id); });
  ledger::CallDecided decided{.call = some->call, .awarded = {}, .waiting = {}, .why = {}, .by = officer};
  const std::size_t chosen = 1 + all.size() / 3;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i < chosen) decided.awarded.push_back(all[i]->id);
    if (i >= chosen) decided.waiting.push_back({all[i]->id, "later"});
  }
  return decided;
}

ledger::Change random_award(Random& random, const State& state, Time now) {
  const ledger::Ledger& ledger = state.ledger();
  const ledger::Programme* programme = any_of(random, ledger.programmes());
  if (programme == nullptr) return random_programme(random, state);
  ledger::GrantAwarded award{.grant = id_of<GrantTag>(ledger.grants().size()),
                             .programme = programme->name,
                             .tenant = random_tenant(random, state, programme->tenant),
                             .kinds = {},
                             .cards = pick<std::int64_t>(random, {0, 0, 1, 3, 8}),
                             .lots = {},
                             .application = {},
                             .why = {},
                             .by = officer};
  if (one_in(random, 2)) award.kinds.push_back(pick<const char*>(random, {"X", "X", "Y", "cpu"}));
  for (std::uint64_t lots = 1 + random.below(3); lots > 0; --lots) {
    const Time from = now + pick(random, {hours(-1), seconds(0), seconds(0), hours(2), days(1)});
    award.lots.push_back(
        {from, from + pick(random, {hours(2), hours(9), days(1), days(10), days(40)}),
         pick<ledger::Micro>(random, {1, 37, credit / 3, 100 * credit, 9000 * credit, 9000 * credit})});
  }
  for (const ledger::Application& one : ledger.applications()) {
    const bool has_none = std::none_of(ledger.grants().begin(), ledger.grants().end(),
                                       [&](const ledger::Grant& grant) { return grant.application == one.id; });
    if (one.status < ledger::ApplicationStatus::awarded || !has_none || one_in(random, 5)) continue;
    award.application = one.id;
    award.lots.front().to = now + pick(random, {days(2), days(10), days(40)});
    award.tenant = one.tenant;
    award.programme = ledger.programmes()[ledger.calls()[one.call.index()].programme].name;
    award.kinds = {one.asks.front().kind};
    award.cards = one.asks.front().cards;
    break;
  }
  return award;
}

ledger::Change random_of_grant(Random& random, const State& state, Time now) {
  const ledger::Grant* grant = any_of(random, state.ledger().grants());
  if (grant == nullptr) return random_award(random, state, now);
  for (const ledger::Grant& one : state.ledger().grants()) {
    if (!one.notice || one_in(random, 2)) continue;
    if (one.notice->appeal == ledger::Appeal::filed) {
      return ledger::AppealDecided{one.id, one_in(random, 2), "", officer};
    }
    return ledger::AppealFiled{one.id, "", officer};
  }
  if (one_in(random, 4)) return ledger::GrantClosed{grant->id, "", officer};
  ledger::Micro spent = 0;
  for (const std::uint32_t at : grant->lots) {
    const ledger::Lot& lot = state.ledger().account(grant->account).purse.lots[at];
    if (lot.state == ledger::LotState::open) spent += lot[ledger::Place::spent];
  }
  return ledger::CreditsRefunded{grant->id, random.between(0, spent), "", officer};
}

}  // namespace

void add_owners(Random& random, FleetSpec& fleet, const TenantsSpec& tenants) {
  for (SiteSpec& site : fleet.sites) {
    for (PoolSpec& pool : site.pools) {
      const std::int64_t node = pool.gpus_per_node > 0 ? pool.gpus_per_node * whole : pool.cpu_milli;
      std::int64_t left = node * static_cast<std::int64_t>(pool.node_count());
      pool.owners.clear();
      for (const TenantSpec& root : tenants.roots) {
        if (one_in(random, 3)) continue;
        pool.owners.push_back({root.name, random.between(0, left)});
        left -= pool.owners.back().amount_milli;
      }
    }
  }
}

ledger::Change random_change(Random& random, const State& state, Time now) {
  if (!state.ledger().is_open()) return random_rates(random, state, now);
  const std::uint64_t choice = random.below(20);
  if (choice < 1) return random_rates(random, state, now);
  if (choice < 2) return random_programme(random, state);
  if (choice < 7) return random_filing(random, state);
  if (choice < 9) return random_decision(random, state);
  if (choice < 14) return random_award(random, state, now);
  return random_of_grant(random, state, now);
}

}  // namespace dure
