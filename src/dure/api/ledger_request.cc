#include "dure/api/ledger_request.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "dure/spec/text_check.h"

namespace dure::api {

namespace json = boost::json;

Result<void> check_is_open(const View& view) {
  if (view.ledger != nullptr) return {};
  return fail(Code::not_found,
              "no rates are declared: nothing costs anything here; dure programme apply declares them");
}

Error not_there(std::string_view what, std::string_view name) {
  return {Code::not_found, fmt::format("there is no {} {}", what, name)};
}

const ledger::Programme* find_programme(const View& view, std::string_view name) {
  if (view.ledger == nullptr) return nullptr;
  for (const ledger::Programme& programme : view.ledger->programmes) {
    if (programme.name == name) return &programme;
  }
  return nullptr;
}

bool may_see(const Access& access, const ledger::Programme& programme) {
  return access.may_within(Right::see_programmes, programme.tenant);
}

std::optional<std::string> read_why(const spec::Node& node) {
  const bool is_sentence =
      node.is(spec::Kind::scalar) && node.value().text.size() <= 1000 && spec::is_plain_line(node.value().text);
  if (is_sentence) return node.value().text;
  node.want("a sentence of one line and at most 1,000 bytes");
  return std::nullopt;
}

std::optional<ledger::Micro> rate_at(const LedgerFrame& frame, std::string_view kind, Time at) {
  const ledger::RateTable* table = &frame.rates.front();
  for (const ledger::RateTable& next : frame.rates) {
    if (next.from <= at) table = &next;
  }
  for (std::size_t k = 0; k < table->per_hour.size(); ++k) {
    if (frame.kinds[k] == kind && table->per_hour[k] > 0) return table->per_hour[k];
  }
  return std::nullopt;
}

std::vector<ledger::Rate> rates_now(const LedgerFrame& frame) {
  std::vector<ledger::Rate> rates;
  const std::vector<ledger::Micro>& per_hour = frame.rates.front().per_hour;
  for (std::size_t k = 0; k < per_hour.size(); ++k) rates.push_back({frame.kinds[k], per_hour[k]});
  return rates;
}

Answer book(const Call& call, std::vector<ledger::Change> changes, std::vector<std::string> told) {
  bool is_dry_run = false;
  if (call.request.parameter("dry_run")) {
    const auto flag = read_flag(call, "dry_run");
    if (!flag) return problem(flag.error());
    is_dry_run = *flag;
  }
  return Ask{Book{.changes = std::move(changes), .read_at = call.now, .is_dry_run = is_dry_run},
             [told = std::move(told), is_dry_run](const CommandResult& result) {
               if (!result.done) return problem(result.done.error());
               json::array grants;
               // Numbers are given out by what is done.
               if (!is_dry_run) {
                 for (const GrantId grant : result.grants) grants.emplace_back(grant.value);
               }
               return json_response(200,
                                    json::serialize(json::object{{"changes", json::array(told.begin(), told.end())},
                                                                 {"grants", std::move(grants)},
                                                                 {"sequence", result.sequence}}));
             }};
}

}  // namespace dure::api
