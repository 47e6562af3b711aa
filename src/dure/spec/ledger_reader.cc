#include "dure/spec/ledger_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "dure/ledger/month.h"
#include "dure/spec/scalars.h"
#include "dure/spec/suggest.h"
#include "dure/spec/text_check.h"

namespace dure::spec {
namespace {

using ledger::GrantAwarded;
using ledger::LotSpec;
using ledger::Micro;
using ledger::Overrun;
using ledger::Programme;
using ledger::Rate;
using ledger::RatesDeclared;
using ledger::UseRule;

constexpr std::int64_t most_cards = 1'000'000;

// `+09:00`, `-03:30`, `Z`.
std::optional<Duration> read_zone(const Node& node) {
  const std::string text = node.is(Kind::scalar) ? node.value().text : "";
  const auto begin = parse_time("1970-01-01T00:00:00" + text);
  if (begin) return Time{} - *begin;
  node.want("a zone such as +09:00, or Z");
  return std::nullopt;
}

// One file, as far as it was read.
class Reading {
 public:
  explicit Reading(const LedgerGround& ground) : ground_(ground), zone_(ground.zone) {}

  void set_zone(Duration zone) { zone_ = zone; }
  void set_rates(const std::vector<RatesDeclared>& tables) { tables_ = &tables; }

  std::optional<std::vector<RatesDeclared>> read_rates(const Node& node) const {
    std::vector<RatesDeclared> tables;
    if (!node.is(Kind::sequence)) {
      if (auto table = read_table(node, Dated::no)) tables.push_back(std::move(*table));
      return tables;
    }
    for (std::size_t i = 0; i < node.value().items.size(); ++i) {
      const Node item = node.item(i);
      auto table = read_table(item, Dated::yes);
      if (!table) continue;
      if (!tables.empty() && table->from <= tables.back().from) {
        item.refuse("found a table from " + to_text(table->from), "write tables in the order of their times");
      }
      tables.push_back(std::move(*table));
    }
    return tables;
  }

  std::optional<Programme> read_programme(const Node& node) const {
    return read_mapping<Programme>(
        node, "a programme such as {name: large, tenant: nipa/large}", [&](Fields& in, Programme& programme) {
          in.need("name", programme.name, read_name);
          in.need("tenant", programme.tenant, [&](const Node& at) { return read_tenant(at); });
          in.take("overrun", programme.overrun, [&](const Node& at) { return read_overrun(at, programme.debt); });
          in.take("emergency", programme.is_emergency, read_boolean);
          in.take("burst", programme.bursts, read_boolean);
          in.take("isolation", programme.isolation,
                  one_of<ledger::Isolation>({{"shared", ledger::Isolation::shared},
                                             {"gpu", ledger::Isolation::gpu},
                                             {"node", ledger::Isolation::node}}));
          ledger::DayHours hours;
          if (in.take("hours", hours, read_hours)) programme.hours = hours;
          in.take("use", programme.use, list_of(read_use_rule, "a list of rules such as {at: 50%, least: 40%}"));
        });
  }

  std::optional<GrantAwarded> read_grant(const Node& node) const {
    return read_mapping<GrantAwarded>(
        node, "a grant such as {programme: large, tenant: nipa/large/arm, credits: 1000, for: 90d}",
        [&](Fields& in, GrantAwarded& grant) {
          in.need("programme", grant.programme, read_name);
          in.need("tenant", grant.tenant, [&](const Node& at) { return read_tenant(at); });
          in.take("kinds", grant.kinds, list_of(read_name, "a list of kinds such as [H200]"));
          in.take("cards", grant.cards, integer_in<std::int64_t>(1, most_cards));
          in.take("why", grant.why, read_line);
          if (in.at("lots").is(Kind::sequence)) {
            const auto read_one = [&](const Node& at) { return read_lot(at); };
            in.need("lots", grant.lots, list_of(read_one, "a list of lots such as {for: 90d, credits: 10}"));
          } else {
            grant.lots = read_term(in, grant);
          }
        });
  }

 private:
  enum class Dated : std::uint8_t { no, yes };

  std::optional<RatesDeclared> read_table(const Node& node, Dated dated) const {
    if (!node.is(Kind::mapping)) {
      node.want("rates such as {H200: 1, cpu: 0.01}");
      return std::nullopt;
    }
    const bool has_from = dated == Dated::yes && node.value().find("from") != nullptr;
    RatesDeclared table{.from = ground_.now, .zone = zone_, .rates = {}};
    for (const Entry& entry : node.value().entries) {
      const Node at = node.at(entry);
      if (dated == Dated::yes && entry.key == "from") {
        if (const auto from = read_instant(at)) table.from = *from;
        continue;
      }
      const auto per_hour = parse_credits(plain_text(at).value_or(""));
      if (per_hour && *per_hour <= ledger::most_rate && is_name(entry.key)) {
        table.rates.push_back({entry.key, *per_hour});
      } else {
        at.want("credits for an hour of such a device, from 0 to 1000 with at most 6 decimals");
      }
    }
    if (dated == Dated::yes && !has_from) node.at("from").want("the time from which they hold");
    const bool is_empty = node.value().entries.size() == (has_from ? 1 : 0);
    if (is_empty) node.want("rates such as {H200: 1, cpu: 0.01}");
    return table;
  }

  static std::optional<ledger::DayHours> read_hours(const Node& node) {
    const auto hours = read_mapping<ledger::DayHours>(node, "hours of the day such as {from: 20:00, to: 08:00}",
                                                      [](Fields& in, ledger::DayHours& of_day) {
                                                        in.need("from", of_day.from_minute, read_minute);
                                                        in.need("to", of_day.to_minute, read_minute);
                                                      });
    if (!hours || hours->from_minute != hours->to_minute) return hours;
    node.refuse("found two times that are the same", "leave hours out where they are all day");
    return std::nullopt;
  }

  // `20:00`
  static std::optional<std::uint32_t> read_minute(const Node& node) {
    const std::string_view text = plain_text(node).value_or("");
    const auto hour = text.size() == 5 && text[2] == ':' ? parse_decimal(text.substr(0, 2), 0) : std::nullopt;
    const auto minute = hour ? parse_decimal(text.substr(3), 0) : std::nullopt;
    if (minute && *hour < 24 && *minute < 60) return static_cast<std::uint32_t>(*hour * 60 + *minute);
    node.want("a time of the day such as 20:00");
    return std::nullopt;
  }

  static std::optional<Overrun> read_overrun(const Node& node, Micro& debt) {
    if (!node.is(Kind::mapping)) {
      static const Words<Overrun> words{
          {"refuse", Overrun::refuse}, {"finish", Overrun::finish}, {"borrow", Overrun::borrow}};
      for (const auto& [word, overrun] : words) {
        if (node.is(Kind::scalar) && node.value().text == word) return overrun;
      }
      node.want("refuse, finish, borrow or {debt: CREDITS}");
      return std::nullopt;
    }
    Fields in(node);
    const bool is_read = in.need("debt", debt, read_credits);
    in.report_unknown_keys();
    return is_read ? std::optional(Overrun::debt) : std::nullopt;
  }

  static auto percent_in(std::uint32_t least, std::uint32_t most) {
    return [=](const Node& node) -> std::optional<std::uint32_t> {
      const std::string_view text = plain_text(node).value_or("");
      const auto percent = text.ends_with('%') ? parse_decimal(text.substr(0, text.size() - 1), 0) : std::nullopt;
      if (percent && *percent >= least && *percent <= most) return static_cast<std::uint32_t>(*percent);
      node.want(fmt::format("a whole percentage from {}% to {}%", least, most));
      return std::nullopt;
    };
  }

  static std::optional<UseRule> read_use_rule(const Node& node) {
    return read_mapping<UseRule>(node, "a rule such as {at: 50%, least: 40%}", [](Fields& in, UseRule& rule) {
      in.need("at", rule.at_percent, percent_in(1, 99));
      in.need("least", rule.least_percent, percent_in(1, 100));
      in.take("second_notice", rule.second_notice, read_positive_duration);
      in.take("appeal", rule.appeal, read_positive_duration);
    });
  }

  std::optional<std::string> read_tenant(const Node& node) const {
    auto path = read_path(node);
    if (!path || ground_.tenants.find(*path)) return path;
    node.refuse("found the unknown tenant " + quote(*path), suggest(*path, ground_.tenants.paths()));
    return std::nullopt;
  }

  std::optional<Time> read_instant(const Node& node) const {
    const auto time = node.is(Kind::scalar) ? parse_instant(node.value().text, ground_.now, zone_) : std::nullopt;
    if (time) return time;
    node.want("a time such as 2026-11-26T09:00:00+09:00, a date, or a duration from now on such as 90d");
    return std::nullopt;
  }

  // `from`, and `to` or `for`; nullopt after a mistake.
  std::optional<LotSpec> read_dates(Fields& in) const {
    const std::size_t mistakes_before = in.node().mistakes().count();
    const auto read_at = [&](const Node& at) { return read_instant(at); };
    LotSpec term{.from = ground_.now, .to = {}};
    in.take("from", term.from, read_at);
    if (!in.need_one_of("to", "for", "say until when it may be spent, or for how long")) return std::nullopt;
    Duration lasts;
    if (in.take("for", lasts, read_positive_duration)) term.to = term.from + lasts;
    in.take("to", term.to, read_at);
    if (in.node().mistakes().count() > mistakes_before) return std::nullopt;
    const Node end = in.at(in.has("to") ? "to" : "for");
    if (term.to > term.from && term.to > ground_.now) return term;
    end.refuse("found " + quote(end.value().text), "write an end that is later than the beginning, and than now");
    return std::nullopt;
  }

  std::optional<LotSpec> read_lot(const Node& node) const {
    return read_mapping<LotSpec>(node, "a lot such as {for: 90d, credits: 10}", [&](Fields& in, LotSpec& lot) {
      const auto term = read_dates(in);
      if (term) lot = *term;
      in.need("credits", lot.micro, read_credits);
    });
  }

  // The lots of a grant that states its whole term.
  std::vector<LotSpec> read_term(Fields& in, const GrantAwarded& grant) const {
    auto term = read_dates(in);
    std::int32_t months = 0;
    static const auto read_months = one_of<std::int32_t>({{"monthly", 1}, {"quarterly", 3}});
    in.take("lots", months, read_months);
    Micro credits = 0;
    if (in.at("credits").is_missing()) {
      const auto price = term ? price_of(in, grant, *term) : std::nullopt;
      if (!price) return {};
      credits = *price;
    } else if (!in.need("credits", credits, read_credits)) {
      return {};
    }
    if (!term) return {};
    term->micro = credits;
    return months == 0 ? std::vector{*term} : split(*term, months, in.at("lots"));
  }

  std::optional<Micro> price_of(Fields& in, const GrantAwarded& grant, const LotSpec& term) const {
    if (grant.cards == 0 || grant.kinds.size() != 1) {
      in.node().refuse("found no credits", "write credits; or cards and one kind, and they get what these cost");
      return std::nullopt;
    }
    const std::vector<Rate>* rates = &ground_.rates;
    if (tables_ != nullptr) {
      for (const RatesDeclared& table : *tables_) {
        if (table.from <= term.from || rates->empty()) rates = &table.rates;
      }
    }
    for (const Rate& rate : *rates) {
      if (rate.kind == grant.kinds.front())
        return ledger::cost_of(rate.per_hour, grant.cards * whole, term.to - term.from);
    }
    in.at("kinds").refuse("found " + quote(grant.kinds.front()) + ", which has no rate",
                          "declare a rate for it, or write credits");
    return std::nullopt;
  }

  // By what the calendar calls months, or by three of them, each with its part of the time; all parts make the whole.
  std::vector<LotSpec> split(const LotSpec& term, std::int32_t months, const Node& node) const {
    std::vector<LotSpec> lots;
    const Wide lasts = (term.to - term.from).ns;
    const auto up_to = [&](Time end) { return static_cast<Micro>(Wide{term.micro} * (end - term.from).ns / lasts); };
    for (Time begin = term.from; begin < term.to;) {
      ledger::Month month = ledger::month_of(begin, zone_);
      do month = ledger::after(month);
      while (month.number % months != 0);
      const Time end = std::min(ledger::begin_of(month, zone_), term.to);
      lots.push_back({.from = begin, .to = end, .micro = up_to(end) - up_to(begin)});
      begin = end;
    }
    const bool has_empty = std::any_of(lots.begin(), lots.end(), [](const LotSpec& lot) { return lot.micro == 0; });
    if (has_empty) node.refuse("found so few credits that some lots would have none", "leave lots out");
    return lots;
  }

  const LedgerGround& ground_;
  Duration zone_;
  const std::vector<RatesDeclared>* tables_ = nullptr;  // of the file
};

}  // namespace

std::optional<LedgerFile> read_ledger(const Node& node, const LedgerGround& ground) {
  constexpr std::string_view wanted = "rates, programmes or grants such as {rates: {H200: 1}, programmes: [...]}";
  return read_mapping<LedgerFile>(node, wanted, [&](Fields& in, LedgerFile& file) {
    Reading reading(ground);
    if (Duration zone; in.take("zone", zone, read_zone)) reading.set_zone(zone);
    if (in.take("rates", file.rates, [&](const Node& at) { return reading.read_rates(at); }))
      reading.set_rates(file.rates);
    refuse_duplicates(in.at("programmes"), "name", "programme");
    const auto read_programme = [&](const Node& at) { return reading.read_programme(at); };
    in.take("programmes", file.programmes, list_of(read_programme, "a list of programmes"));
    const auto read_one = [&](const Node& at) { return reading.read_grant(at); };
    in.take("grants", file.grants, list_of(read_one, "a list of grants"));
    if (!in.has("rates") && !in.has("programmes") && !in.has("grants")) node.want(wanted);
  });
}

std::optional<Time> parse_instant(std::string_view text, Time now, Duration zone) {
  if (const auto time = parse_time(text)) return *time;
  if (const auto midnight = parse_time(fmt::format("{}T00:00:00Z", text))) return *midnight - zone;
  if (const auto after = parse_duration(text)) return now + *after;
  return std::nullopt;
}

std::optional<ledger::Ask> parse_ask(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_name(text.substr(0, colon))) return std::nullopt;
  const auto cards = parse_decimal(text.substr(colon + 1), 0);
  if (!cards || *cards < 1 || *cards > most_cards) return std::nullopt;
  return ledger::Ask{.kind = std::string(text.substr(0, colon)), .cards = *cards};
}

std::optional<Micro> parse_credits(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto whole_part = parse_decimal(text.substr(0, point), 0);
  const auto rest = point < text.size() ? parse_decimal(fmt::format("0{}", text.substr(point)), 6) : std::optional(0L);
  if (!whole_part || !rest || *whole_part > ledger::most_micro / ledger::credit) return std::nullopt;
  const Micro micro = *whole_part * ledger::credit + *rest;
  return micro <= ledger::most_micro ? std::optional(micro) : std::nullopt;
}

std::optional<Micro> read_credits(const Node& node) {
  const auto micro = node.is(Kind::scalar) ? parse_credits(node.value().text) : std::nullopt;
  if (micro && *micro > 0) return micro;
  node.want("credits above 0, such as 1000 or 0.25, with at most 6 decimals");
  return std::nullopt;
}

std::string credits_text(Micro micro) {
  const bool is_negative = micro < 0;
  const auto size = is_negative ? 0 - static_cast<std::uint64_t>(micro) : static_cast<std::uint64_t>(micro);
  std::string text = fmt::format("{}{}.{:06}", is_negative ? "-" : "", size / ledger::credit, size % ledger::credit);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace dure::spec
