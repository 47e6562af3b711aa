#include "dure/api/call_routes.h"

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
#include "dure/ledger/month.h"
#include "dure/programme/check.h"
#include "dure/programme/choices.h"
#include "dure/spec/json_value.h"
#include "dure/spec/ledger_reader.h"
#include "dure/spec/round_reader.h"
#include "dure/spec/scalars.h"

namespace dure::api {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_call = 256 * 1024;
constexpr std::size_t longest_application = 64 * 1024;

const ledger::Programme& programme_of(const View& view, const ledger::Call& call) {
  return view.ledger->programmes[call.programme];
}

bool is_office(const Call& call, const ledger::Call& of) {
  return call.access.may(Right::run_programme, std::string_view(programme_of(call.view, of).tenant));
}

// The call of the path, which the caller may see.
Result<const ledger::Call*> call_of(const Call& call) {
  const std::string& name = call.parameters.front();
  if (call.view.ledger != nullptr) {
    for (const ledger::Call& one : call.view.ledger->calls) {
      const bool may = call.access.may_within(Right::see_credits, programme_of(call.view, one).tenant);
      if (one.name == name && may) return &one;
    }
  }
  return tl::unexpected(not_there("call", name));
}

// The same, for who runs its programme.
Result<const ledger::Call*> office_call(const Call& call) {
  auto found = call_of(call);
  if (!found || is_office(call, **found)) return found;
  const std::string& tenant = programme_of(call.view, **found).tenant;
  return fail(Code::not_permitted, fmt::format("call {} is for the programme office of {}, with a token programme:{}",
                                               (*found)->name, tenant, tenant));
}

std::vector<const ledger::Application*> applications_of(const View& view, const ledger::Call& call) {
  std::vector<const ledger::Application*> all;
  for (std::size_t i = 0; i < view.applications.id_bound(); ++i) {
    const ledger::Application* one = view.applications.find(i);
    if (one != nullptr && one->call == call.id) all.push_back(one);
  }
  return all;
}

const ledger::Application* find_application(const View& view, const ledger::Call& call, std::string_view name) {
  for (const ledger::Application* one : applications_of(view, call)) {
    if (one->name == name) return one;
  }
  return nullptr;
}

// A decision as it is sent.
struct Chosen {
  std::string application;
  std::string kind;
  std::int64_t cards = 0;
};
struct Turned {
  std::string application;
  std::string why;
};
struct Decision {
  std::vector<Chosen> awarded;
  std::vector<Turned> waiting;
  std::string why;
};

template <class Item, class Read>
std::optional<std::vector<Item>> read_items(const spec::Node& node, const Read& read) {
  if (node.is(spec::Kind::sequence) && node.value().items.empty()) return std::vector<Item>{};
  return spec::list_of(read, "a list")(node);
}

std::optional<Decision> read_decision(const spec::Node& node) {
  const auto read_chosen = [](const spec::Node& at) {
    return spec::read_mapping<Chosen>(at, R"({"application": "A1", "kind": "H200", "cards": 8})",
                                      [](spec::Fields& in, Chosen& chosen) {
                                        in.need("application", chosen.application, spec::read_name);
                                        in.need("kind", chosen.kind, spec::read_name);
                                        in.need("cards", chosen.cards, spec::integer_in<std::int64_t>(1, 1'000'000));
                                      });
  };
  const auto read_turned = [](const spec::Node& at) {
    return spec::read_mapping<Turned>(at, R"({"application": "A2", "why": "..."})",
                                      [](spec::Fields& in, Turned& turned) {
                                        in.need("application", turned.application, spec::read_name);
                                        in.need("why", turned.why, read_why);
                                      });
  };
  return spec::read_mapping<Decision>(
      node, R"({"awarded": [...], "waiting": [...]})", [&](spec::Fields& in, Decision& decision) {
        in.need("awarded", decision.awarded, [&](const spec::Node& at) { return read_items<Chosen>(at, read_chosen); });
        in.need("waiting", decision.waiting, [&](const spec::Node& at) { return read_items<Turned>(at, read_turned); });
        in.take("why", decision.why, read_why);
      });
}

// The round as the rules see it, its applications in the order of `applications`.
Result<programme::Round> round_of(const ledger::Call& call,
                                  const std::vector<const ledger::Application*>& applications) {
  std::vector<spec::ReviewedText> texts;
  for (const ledger::Application* one : applications) {
    if (one->status != ledger::ApplicationStatus::reviewed) {
      return fail(Code::invalid_argument,
                  fmt::format("application {} has no review; dure call review {} {} gives it one", one->name, call.name,
                              one->name));
    }
    texts.push_back({.text = one->text, .score = one->score});
  }
  return spec::read_reviewed_round(call.text, texts);
}

Result<programme::Award> award_of(const programme::Round& round, const Chosen& chosen) {
  for (std::size_t i = 0; i < round.applications.size(); ++i) {
    if (round.applications[i].name != chosen.application) continue;
    const std::vector<programme::Ask>& asks = round.applications[i].asks;
    for (std::size_t ask = 0; ask < asks.size(); ++ask) {
      if (round.call.kinds[asks[ask].kind].name == chosen.kind)
        return programme::Award{.application = i, .ask = ask, .cards = chosen.cards};
    }
    return fail(Code::invalid_argument,
                fmt::format("application {} does not ask for {}", chosen.application, chosen.kind));
  }
  return tl::unexpected(not_there("application", chosen.application));
}

Result<ledger::GrantAwarded> grant_of(const Call& call, const ledger::Call& of, const ledger::Application& application,
                                      const Chosen& chosen) {
  const LedgerFrame& frame = *call.view.ledger;
  const Time from = std::max(of.from, call.now);
  const auto rate = rate_at(frame, chosen.kind, from);
  if (!rate) return fail(Code::invalid_argument, fmt::format("{} has no rate; declare one first", chosen.kind));
  const Time to = ledger::months_later(from, application.months, frame.zone);
  return ledger::GrantAwarded{
      .grant = {},
      .programme = frame.programmes[of.programme].name,
      .tenant = application.tenant,
      .kinds = {chosen.kind},
      .cards = chosen.cards,
      .lots = {{.from = from, .to = to, .micro = ledger::cost_of(*rate, chosen.cards * whole, to - from)}},
      .application = application.id,
      .why = fmt::format("call {}, application {}", of.name, application.name),
      .by = {}};
}

// What breaks a rule by itself is awarded neither now nor later.
std::vector<ledger::Ask> asks_that_may_wait(const ledger::Application& application, const programme::Choices& choices,
                                            std::size_t place) {
  std::vector<ledger::Ask> asks;
  for (const programme::Choice& choice : choices.choices) {
    if (choice.application == place) asks.push_back(application.asks[choice.ask]);
  }
  return asks;
}

}  // namespace

Answer list_calls(const Call& call) {
  json::array calls;
  if (call.view.ledger != nullptr) {
    for (const ledger::Call& one : call.view.ledger->calls) {
      if (!call.access.may_within(Right::see_credits, programme_of(call.view, one).tenant)) continue;
      json::object out = call_json(call.view, one);
      if (!is_office(call, one)) out.erase("application_count");
      calls.push_back(std::move(out));
    }
  }
  return json_response(200, json::serialize(json::object{{"calls", std::move(calls)}}));
}

Answer open_call(const Call& call) {
  if (auto open = check_is_open(call.view); !open) return problem(open.error());
  const std::string_view name = call.request.parameter("programme").value_or("");
  const ledger::Programme* programme = find_programme(call.view, name);
  if (programme == nullptr || !may_see(call.access, *programme)) return problem(not_there("programme", name));
  if (!call.access.may(Right::run_programme, std::string_view(programme->tenant))) {
    return problem({Code::not_permitted, fmt::format("a call of programme {} is for its office, with a token "
                                                     "programme:{}",
                                                     programme->name, programme->tenant)});
  }
  if (call.request.body.size() > longest_call) return problem({Code::invalid_argument, "a call has at most 256 KiB"});
  const auto read = spec::read_call_text(call.request.body, "call");
  if (!read) return problem(read.error());
  if (!spec::is_name(read->name))
    return problem({Code::invalid_argument, fmt::format("call: found {}; a call's name here has no '/'", read->name)});
  for (const programme::Kind& kind : read->kinds) {
    if (!rate_at(*call.view.ledger, kind.name, call.now))
      return problem({Code::invalid_argument, fmt::format("call: {} has no rate; declare one first", kind.name)});
  }
  Time from = call.now;
  if (const auto text = call.request.parameter("from"); text && !text->empty()) {
    const auto instant = spec::parse_instant(*text, call.now, call.view.ledger->zone);
    if (!instant)
      return problem({Code::invalid_argument,
                      fmt::format("from: found {}; write a time such as 2026-11-26T09:00:00+09:00, or a date", *text)});
    from = *instant;
  }
  return book(call,
              {ledger::CallOpened{.call = {},
                                  .name = read->name,
                                  .programme = programme->name,
                                  .from = from,
                                  .text = call.request.body,
                                  .by = {}}},
              {fmt::format("call {} of programme {}", read->name, programme->name)});
}

Answer show_call(const Call& call) {
  const auto found = call_of(call);
  if (!found) return problem(found.error());
  const bool is_for_office = is_office(call, **found);
  json::array applications;
  for (const ledger::Application* one : applications_of(call.view, **found)) {
    const bool may = is_for_office || call.access.may(Right::see_credits, std::string_view(one->tenant));
    if (may) applications.push_back(application_json(call.view, *one, is_for_office));
  }
  json::object out = call_json(call.view, **found);
  if (!is_for_office) out.erase("application_count");
  out["text"] = (*found)->text;
  out["applications"] = std::move(applications);
  return json_response(200, json::serialize(out));
}

Answer file_application(const Call& call) {
  const auto found = call_of(call);
  if (!found) return problem(found.error());
  const std::string tenant(call.request.parameter("tenant").value_or(""));
  const auto known = call.view.tenants->find(tenant);
  if (!known || !call.access.knows(*known)) return problem(not_there("tenant", tenant));
  if (!call.access.may(Right::apply, std::string_view(tenant)))
    return problem({Code::not_permitted, fmt::format("an application of {} is for its members and owners", tenant)});
  const ledger::Programme& programme = programme_of(call.view, **found);
  if (!Grant{.role = Role::guest, .tenant = programme.tenant}.covers(tenant)) {
    return problem({Code::invalid_argument, fmt::format("programme {} awards to tenants of {}, and {} is none",
                                                        programme.name, programme.tenant, tenant)});
  }
  if (call.request.body.size() > longest_application)
    return problem({Code::invalid_argument, "an application has at most 64 KiB"});
  const auto rules = spec::read_call_text((*found)->text, "call");
  if (!rules) return problem(rules.error());
  const auto read = spec::read_application_text(call.request.body, "application", *rules);
  if (!read) return problem(read.error());
  ledger::ApplicationFiled filed{.application = {},
                                 .call = (*found)->id,
                                 .name = read->name,
                                 .tenant = tenant,
                                 .asks = {},
                                 .months = read->months,
                                 .text = call.request.body,
                                 .by = {}};
  for (const programme::Ask& ask : read->asks) filed.asks.push_back({rules->kinds[ask.kind].name, ask.cards});
  std::string told = fmt::format("application {} of {} for call {}", filed.name, tenant, (*found)->name);
  return book(call, {std::move(filed)}, {std::move(told)});
}

Answer review_application(const Call& call) {
  const auto found = office_call(call);
  if (!found) return problem(found.error());
  const ledger::Application* application = find_application(call.view, **found, call.parameters.at(1));
  if (application == nullptr) return problem(not_there("application", call.parameters.at(1)));
  const auto read = [](const spec::Node& node) {
    return spec::read_mapping<ledger::ApplicationReviewed>(
        node, R"({"score": "91.5", "why": "..."})", [](spec::Fields& in, ledger::ApplicationReviewed& review) {
          in.need("score", review.score, [](const spec::Node& at) {
            const auto score = at.is(spec::Kind::scalar) ? spec::parse_score(at.value().text) : std::nullopt;
            if (!score) at.want("a number from 0 to 1000 with at most 2 decimals");
            return score;
          });
          in.need("why", review.why, read_why);
        });
  };
  auto review = spec::read_json_text(call.request.body, "review", read);
  if (!review) return problem(review.error());
  review->application = application->id;
  return book(call, {std::move(*review)});
}

Answer decide_call(const Call& call) {
  const auto found = office_call(call);
  if (!found) return problem(found.error());
  const ledger::Call& of = **found;
  const auto decision = spec::read_json_text(call.request.body, "decision", read_decision);
  if (!decision) return problem(decision.error());
  if (of.is_decided) return problem({Code::invalid_argument, fmt::format("call {} is decided", of.name)});
  const auto applications = applications_of(call.view, of);
  const auto round = round_of(of, applications);
  if (!round) return problem(round.error());
  const programme::Choices choices = programme::choices_of(*round);
  ledger::CallDecided decided{.call = of.id, .awarded = {}, .waiting = {}, .why = decision->why, .by = {}};
  std::vector<ledger::Change> grants;
  std::vector<std::string> told;
  programme::Awards awards;
  for (const Chosen& chosen : decision->awarded) {
    const auto award = award_of(*round, chosen);
    if (!award) return problem(award.error());
    awards.push_back(*award);
    const ledger::Application& application = *applications[award->application];
    auto grant = grant_of(call, of, application, chosen);
    if (!grant) return problem(grant.error());
    told.push_back(fmt::format("{}: {} {} for {}, {} credits", application.name, chosen.cards, chosen.kind,
                               application.tenant, spec::credits_text(grant->lots.front().micro)));
    decided.awarded.push_back(application.id);
    grants.emplace_back(std::move(*grant));
  }
  for (const Turned& turned : decision->waiting) {
    const ledger::Application* application = find_application(call.view, of, turned.application);
    if (application == nullptr) return problem(not_there("application", turned.application));
    const auto place = static_cast<std::size_t>(std::find(applications.begin(), applications.end(), application) -
                                                applications.begin());
    decided.waiting.push_back(
        {.application = application->id, .why = turned.why, .asks = asks_that_may_wait(*application, choices, place)});
  }
  if (const auto broken = programme::broken_rules(*round, awards); !broken.empty()) {
    std::string text = fmt::format("the decision breaks rules of call {}:", of.name);
    for (const std::string& sentence : broken) text += "\n" + sentence;
    return problem({Code::invalid_argument, std::move(text)});
  }
  std::vector<ledger::Change> changes{std::move(decided)};
  changes.insert(changes.end(), std::move_iterator(grants.begin()), std::move_iterator(grants.end()));
  return book(call, std::move(changes), std::move(told));
}

}  // namespace dure::api
