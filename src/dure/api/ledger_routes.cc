#include "dure/api/ledger_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>
#include <vector>

#include "dure/api/ledger_json.h"
#include "dure/api/ledger_request.h"
#include "dure/api/loans.h"
#include "dure/api/numbers.h"
#include "dure/ledger/month.h"
#include "dure/spec/json_value.h"
#include "dure/spec/ledger_reader.h"
#include "dure/spec/scalars.h"

namespace dure::api {
namespace {

namespace json = boost::json;

using spec::credits_text;

Error not_for_office(std::string_view what, std::string_view tenant) {
  return {Code::not_permitted,
          fmt::format("{} is for the programme office of {}, with a token programme:{}", what, tenant, tenant)};
}

Result<void> may_run(const Access& access, std::string_view what, const ledger::Programme& programme) {
  if (access.may(Right::run_programme, std::string_view(programme.tenant))) return {};
  return tl::unexpected(not_for_office(what, programme.tenant));
}

std::string sentence_of(const ledger::RatesDeclared& rates, Time now) {
  std::string text;
  for (const ledger::Rate& rate : rates.rates)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", rate.kind, credits_text(rate.per_hour));
  return fmt::format("rates from {}: {}", rates.from == now ? "now" : dure::to_text(rates.from), text);
}

std::string sentence_of(const ledger::GrantAwarded& grant) {
  ledger::Micro sum = 0;
  Time from = grant.lots.front().from;
  Time to = grant.lots.front().to;
  for (const ledger::LotSpec& lot : grant.lots) {
    sum += lot.micro;
    from = std::min(from, lot.from);
    to = std::max(to, lot.to);
  }
  return fmt::format("grant to {} of programme {}: {} credits from {} to {}", grant.tenant, grant.programme,
                     credits_text(sum), dure::to_text(from), dure::to_text(to));
}

// Who may do each part of the file; programmes of the file count, as grants of theirs may follow.
Result<void> check_may(const Call& call, const spec::LedgerFile& file) {
  const bool is_operator = call.access.may(Right::run_estate);
  if (!file.rates.empty() && !is_operator) {
    return fail(Code::not_permitted, "rates are for operators: they hold for the whole estate");
  }
  for (const ledger::Programme& programme : file.programmes) {
    if (is_operator) continue;
    if (auto may = may_run(call.access, "programme " + programme.name, programme); !may) return may;
    // Its accounts would be kept by its rules, and no longer by those of a programme above.
    if (call.view.ledger == nullptr) continue;
    for (const ledger::Programme& known : call.view.ledger->programmes) {
      const Grant reach{.role = Role::guest, .tenant = known.tenant};
      if (known.name == programme.name || !reach.covers(programme.tenant)) continue;
      if (auto may = may_run(call.access, "a programme below " + known.name, known); !may) return may;
    }
  }
  for (const ledger::GrantAwarded& grant : file.grants) {
    const auto is_it = [&](const ledger::Programme& one) { return one.name == grant.programme; };
    const auto declared = std::find_if(file.programmes.begin(), file.programmes.end(), is_it);
    const ledger::Programme* programme =
        declared != file.programmes.end() ? &*declared : find_programme(call.view, grant.programme);
    if (programme == nullptr || !may_see(call.access, *programme))
      return tl::unexpected(not_there("programme", grant.programme));
    if (auto may = may_run(call.access, "a grant of programme " + programme->name, *programme); !may) return may;
  }
  return {};
}

// The grant of the path, which the caller may see.
Result<const ledger::Grant*> grant_of(const Call& call) {
  const std::string& text = call.parameters.front();
  const auto number = number_of<std::uint32_t>(text);
  const ledger::Grant* grant = number ? call.view.grants.find(*number) : nullptr;
  const ledger::Account* account = grant == nullptr ? nullptr : call.view.accounts.find(grant->account.index());
  if (account == nullptr || !call.access.may(Right::see_credits, std::string_view(account->path)))
    return tl::unexpected(not_there("grant", text));
  return grant;
}

const ledger::Programme& programme_of(const View& view, const ledger::Grant& grant) {
  return view.ledger->programmes[grant.programme];
}

// The same, for who runs its programme.
Result<const ledger::Grant*> office_grant(const Call& call, std::string_view what) {
  auto grant = grant_of(call);
  if (!grant) return grant;
  const auto may =
      may_run(call.access, fmt::format("{} grant {}", what, (*grant)->id.value), programme_of(call.view, **grant));
  if (!may) return tl::unexpected(may.error());
  return grant;
}

Result<std::string> read_why_alone(const Call& call) {
  const auto read = [](const spec::Node& node) {
    return spec::read_mapping<std::string>(node, R"({"why": "..."})",
                                           [](spec::Fields& in, std::string& why) { in.need("why", why, read_why); });
  };
  return spec::read_json_text(call.request.body, "request", read);
}

Result<std::optional<ledger::Month>> read_month(const Call& call) {
  const auto text = call.request.parameter("month");
  if (!text || text->empty()) return std::optional<ledger::Month>();
  const auto month = ledger::parse_month(*text);
  if (!month) return fail(Code::invalid_argument, "month: " + month.error().message);
  return std::optional(*month);
}

// Visits the accounts that the request asks for and the caller may see.
template <class MaySee, class Visit>
Result<void> for_each_account(const Call& call, const MaySee& may, const Visit& visit) {
  const std::string_view wanted = call.request.parameter("tenant").value_or("");
  const Grant above{.role = Role::guest, .tenant = std::string(wanted)};
  bool is_found = wanted.empty();
  for (std::size_t i = 0; i < call.view.accounts.id_bound(); ++i) {
    const ledger::Account* account = call.view.accounts.find(i);
    if (account == nullptr || !above.covers(account->path) || !may(*account)) continue;
    is_found = true;
    visit(*account);
  }
  if (is_found) return {};
  const auto known = call.view.tenants->find(wanted);
  if (!known || !call.access.knows(*known)) return tl::unexpected(not_there("tenant", wanted));
  return {};
}

// The accounts that pay for the tenants of the caller's grants: the nearest upwards.
std::vector<std::string> paying_paths(const Call& call) {
  std::vector<std::string> paths;
  for (const Grant& grant : call.access.actor().grants) {
    std::string best;
    for (std::size_t i = 0; i < call.view.accounts.id_bound(); ++i) {
      const ledger::Account* account = call.view.accounts.find(i);
      if (account == nullptr || account->path.size() <= best.size()) continue;
      const Grant reach{.role = Role::guest, .tenant = account->path};
      if (reach.covers(grant.tenant)) best = account->path;
    }
    const bool may = !grant.tenant.empty() && call.access.may(Right::see_balance, std::string_view(grant.tenant));
    if (!best.empty() && may) paths.push_back(std::move(best));
  }
  return paths;
}

}  // namespace

Answer list_programmes(const Call& call) {
  json::array programmes;
  json::array rates;
  json::object out{{"rates", nullptr}, {"programmes", nullptr}};
  if (call.view.ledger != nullptr) {
    for (const ledger::RateTable& table : call.view.ledger->rates)
      if (!table.per_hour.empty()) rates.push_back(rates_json(*call.view.ledger, table));
    for (const ledger::Programme& programme : call.view.ledger->programmes) {
      if (may_see(call.access, programme)) programmes.push_back(programme_json(programme));
    }
  }
  out["rates"] = std::move(rates);
  out["programmes"] = std::move(programmes);
  return json_response(200, json::serialize(out));
}

Answer declare_ledger(const Call& call) {
  if (!call.access.may(Right::run_estate) && !call.access.may(Right::run_programme))
    return problem({Code::not_permitted, "POST /v1/ledger is for operators and programme offices; ask one of them"});
  const spec::KnownTenants known(*call.view.tenants, [&](TenantId id) { return call.access.knows(id); });
  const LedgerFrame* frame = call.view.ledger.get();
  const spec::LedgerGround ground{.tenants = known,
                                  .now = call.now,
                                  .zone = frame == nullptr ? Duration{} : frame->zone,
                                  .rates = frame == nullptr ? std::vector<ledger::Rate>{} : rates_now(*frame)};
  auto file = spec::read_text(call.request.body, "ledger",
                              [&](const spec::Node& node) { return spec::read_ledger(node, ground); });
  if (!file) return problem(file.error());
  if (auto may = check_may(call, *file); !may) return problem(may.error());
  std::vector<ledger::Change> changes;
  std::vector<std::string> told;
  for (ledger::RatesDeclared& rates : file->rates) {
    told.push_back(sentence_of(rates, call.now));
    changes.emplace_back(std::move(rates));
  }
  for (ledger::Programme& programme : file->programmes) {
    const ledger::Programme* before = find_programme(call.view, programme.name);
    if (before != nullptr && *before == programme) continue;
    told.push_back(
        fmt::format("{} programme {} of {}", before == nullptr ? "new" : "changed", programme.name, programme.tenant));
    changes.emplace_back(ledger::ProgrammeDeclared{.programme = std::move(programme), .by = {}});
  }
  for (ledger::GrantAwarded& grant : file->grants) {
    told.push_back(sentence_of(grant));
    changes.emplace_back(std::move(grant));
  }
  if (changes.empty())
    return json_response(200,
                         json::serialize(json::object{
                             {"changes", json::array()}, {"grants", json::array()}, {"sequence", call.view.sequence}}));
  return book(call, std::move(changes), std::move(told));
}

Answer list_grants(const Call& call) {
  const std::string_view wanted = call.request.parameter("programme").value_or("");
  const auto may = [&](const ledger::Account& account) {
    return call.access.may(Right::see_credits, std::string_view(account.path));
  };
  std::vector<const ledger::Grant*> grants;
  const auto listed = for_each_account(call, may, [&](const ledger::Account& account) {
    for (const ledger::Lot& lot : account.purse.lots) {
      const ledger::Grant* grant = call.view.grants.find(lot.grant.index());
      const bool is_first = lot.number == 0;
      if (is_first && (wanted.empty() || programme_of(call.view, *grant).name == wanted)) grants.push_back(grant);
    }
  });
  if (!listed) return problem(listed.error());
  std::sort(grants.begin(), grants.end(), [](const ledger::Grant* a, const ledger::Grant* b) { return a->id < b->id; });
  const Time now = std::max(call.now, call.view.now);
  const std::vector<ledger::Micro> running = running_use(call.view, now);
  json::array out;
  for (const ledger::Grant* grant : grants)
    out.push_back(grant_json(call.view, *grant, running[grant->id.index()], now, Detail::line));
  return json_response(200, json::serialize(json::object{{"grants", std::move(out)}}));
}

Answer show_grant(const Call& call) {
  const auto grant = grant_of(call);
  if (!grant) return problem(grant.error());
  const Time now = std::max(call.now, call.view.now);
  const ledger::Micro running = running_use(call.view, now)[(*grant)->id.index()];
  return json_response(200, json::serialize(grant_json(call.view, **grant, running, now, Detail::all)));
}

Answer close_grant(const Call& call) {
  const auto grant = office_grant(call, "closing");
  if (!grant) return problem(grant.error());
  auto why = read_why_alone(call);
  if (!why) return problem(why.error());
  return book(call, {ledger::GrantClosed{.grant = (*grant)->id, .why = std::move(*why), .by = {}}});
}

Answer refund_grant(const Call& call) {
  const auto grant = office_grant(call, "a refund of");
  if (!grant) return problem(grant.error());
  const auto read = [](const spec::Node& node) {
    return spec::read_mapping<ledger::CreditsRefunded>(node, R"({"credits": "12.5", "why": "..."})",
                                                       [](spec::Fields& in, ledger::CreditsRefunded& refund) {
                                                         in.need("credits", refund.micro, spec::read_credits);
                                                         in.need("why", refund.why, read_why);
                                                       });
  };
  auto refund = spec::read_json_text(call.request.body, "refund", read);
  if (!refund) return problem(refund.error());
  refund->grant = (*grant)->id;
  return book(call, {std::move(*refund)});
}

Answer appeal_for_grant(const Call& call) {
  const auto grant = grant_of(call);
  if (!grant) return problem(grant.error());
  const std::string& path = call.view.accounts.find((*grant)->account.index())->path;
  if (!call.access.may(Right::apply, std::string_view(path)))
    return problem({Code::not_permitted, fmt::format("an appeal is for members and owners of {}", path)});
  auto why = read_why_alone(call);
  if (!why) return problem(why.error());
  return book(call, {ledger::AppealFiled{.grant = (*grant)->id, .why = std::move(*why), .by = {}}});
}

Answer decide_appeal(const Call& call) {
  const auto grant = office_grant(call, "the appeal of");
  if (!grant) return problem(grant.error());
  const auto read = [](const spec::Node& node) {
    return spec::read_mapping<ledger::AppealDecided>(node, R"({"granted": true, "why": "..."})",
                                                     [](spec::Fields& in, ledger::AppealDecided& decision) {
                                                       in.need("granted", decision.is_granted, spec::read_boolean);
                                                       in.need("why", decision.why, read_why);
                                                     });
  };
  auto decision = spec::read_json_text(call.request.body, "decision", read);
  if (!decision) return problem(decision.error());
  decision->grant = (*grant)->id;
  return book(call, {std::move(*decision)});
}

Answer list_balances(const Call& call) {
  json::array balances;
  const std::vector<std::string> paying = paying_paths(call);
  const auto may = [&](const ledger::Account& account) {
    return call.access.may(Right::see_balance, std::string_view(account.path)) ||
           std::find(paying.begin(), paying.end(), account.path) != paying.end();
  };
  const auto listed = for_each_account(
      call, may, [&](const ledger::Account& account) { balances.push_back(balance_json(call.view, account)); });
  if (!listed) return problem(listed.error());
  return json_response(200, json::serialize(json::object{{"balances", std::move(balances)}}));
}

Answer list_statements(const Call& call) {
  const auto month = read_month(call);
  if (!month) return problem(month.error());
  json::array statements;
  const auto may = [&](const ledger::Account& account) {
    return call.access.may(Right::see_credits, std::string_view(account.path));
  };
  const auto listed = for_each_account(call, may, [&](const ledger::Account& account) {
    statements.push_back(statement_json(call.view, account, *month));
  });
  if (!listed) return problem(listed.error());
  return json_response(200, json::serialize(json::object{{"statements", std::move(statements)}}));
}

Answer list_loans(const Call& call) {
  const auto month = read_month(call);
  if (!month) return problem(month.error());
  json::object out{{"loans", json::array()}, {"owners", json::array()}};
  if (call.view.ledger != nullptr) out = loans_json(call.view, call.access, std::max(call.now, call.view.now), *month);
  return json_response(200, json::serialize(out));
}

Answer show_public(const Call& call) {
  if (!call.server.is_public)
    return problem({Code::not_found, "nothing is public here; the configuration may say public: true"});
  std::int64_t gpus = 0;
  std::int64_t held = 0;
  for (const Pool& pool : call.view.fleet->pools()) {
    gpus += std::int64_t{pool.spec.gpus_per_node} * pool.node_count;
    for (std::uint32_t n = 0; n < pool.node_count; ++n) {
      if (const NodeRow* node = call.view.nodes.find(pool.first_node.index() + n)) held += node->gpu_held_milli;
    }
  }
  json::array programmes;
  double lent = 0;
  if (call.view.ledger != nullptr) {
    std::vector<std::uint64_t> awards(call.view.ledger->programmes.size());
    std::vector<ledger::Micro> credits(awards.size());
    for (std::size_t i = 0; i < call.view.grants.id_bound(); ++i) {
      const ledger::Grant* grant = call.view.grants.find(i);
      if (grant == nullptr) continue;
      ++awards[grant->programme];
      credits[grant->programme] += grant->awarded;
    }
    for (std::size_t i = 0; i < awards.size(); ++i) {
      programmes.push_back(json::object{{"name", call.view.ledger->programmes[i].name},
                                        {"awards", awards[i]},
                                        {"credits", credits_text(credits[i])}});
    }
    for (const ledger::Loan& loan : loans_of(call.view, std::max(call.now, call.view.now)))
      lent += static_cast<double>(loan.used) / 1e3 / 3.6e12;
  }
  return json_response(200, json::serialize(json::object{{"gpus", gpus},
                                                         {"gpus_in_use", static_cast<double>(held) / whole},
                                                         {"programmes", std::move(programmes)},
                                                         {"lent_hours", lent}}));
}

}  // namespace dure::api
