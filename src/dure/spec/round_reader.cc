#include "dure/spec/round_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dure/spec/csv_value.h"
#include "dure/spec/file.h"
#include "dure/spec/reader.h"
#include "dure/spec/scalars.h"
#include "dure/spec/suggest.h"

namespace dure::spec {
namespace {

using programme::Application;
using programme::Ask;
using programme::Bonus;
using programme::Call;
using programme::Counts;
using programme::Each;
using programme::Kind;
using programme::RegionGroup;
using programme::Round;
using programme::Selector;
using programme::Share;
using programme::Size;
using programme::Tier;
using programme::Weigh;
using ValueKind = spec::Kind;

constexpr std::int64_t most_cards = 1'000'000;
constexpr std::int64_t most_price = 1'000'000'000'000;
constexpr std::int64_t most_months = 1200;
constexpr std::int64_t highest_score = 1000 * programme::hundred;

std::optional<std::int64_t> read_score(const Node& node) {
  if (const auto score = parse_score(plain_text(node).value_or(""))) return score;
  node.want("a number from 0 to 1000 with at most 2 decimals");
  return std::nullopt;
}

std::optional<std::int64_t> read_percent(const Node& node) {
  const std::string_view text = plain_text(node).value_or("");
  if (text.ends_with('%')) {
    const auto percent = parse_decimal(text.substr(0, text.size() - 1), 2);
    if (percent && *percent <= 100 * programme::hundred) return percent;
  }
  node.want("a percentage such as 7.5%");
  return std::nullopt;
}

// A list, or in a cell of a table words with blanks between them.
std::vector<Value> words_of(const Node& node) {
  if (node.is(ValueKind::sequence)) return node.value().items;
  std::vector<Value> words;
  if (!node.is(ValueKind::scalar)) return words;
  const std::string& text = node.value().text;
  for (std::size_t begin = 0; (begin = text.find_first_not_of(' ', begin)) != std::string::npos;) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    Value word = node.value();
    word.text = text.substr(begin, end - begin);
    words.push_back(std::move(word));
    begin = end;
  }
  return words;
}

// What names in a call may refer to.
class Names {
 public:
  explicit Names(const Call& call) : call_(call) {}

  std::optional<std::size_t> read_kind(const Node& node) const {
    const auto name = read_name(node);
    if (!name) return std::nullopt;
    return find_kind(*name, node);
  }

  std::optional<std::size_t> find_kind(std::string_view name, const Node& node) const {
    std::vector<std::string_view> names;
    for (const Kind& kind : call_.kinds) names.push_back(kind.name);
    return find(name, names, "kind of cards", node);
  }

  std::optional<std::string> read_class(const Node& node) const {
    const std::vector<std::string_view> names(call_.classes.begin(), call_.classes.end());
    return read_known(node, names, "class");
  }

  std::optional<std::string> read_tag(const Node& node) const {
    const std::vector<std::string_view> names(call_.tags.begin(), call_.tags.end());
    return read_known(node, names, "tag");
  }

  std::optional<std::string> read_size(const Node& node) const {
    std::vector<std::string_view> names;
    for (const Size& size : call_.sizes) names.push_back(size.name);
    return read_known(node, names, "size");
  }

  // Of a region or, for a rule, of a group.
  enum class Groups : std::uint8_t { refused, taken };
  std::optional<std::string> read_region(const Node& node, Groups groups) const {
    if (call_.regions.empty()) return read_name(node);
    std::vector<std::string_view> names;
    for (const RegionGroup& group : call_.regions) {
      if (groups == Groups::taken) names.push_back(group.name);
      names.insert(names.end(), group.regions.begin(), group.regions.end());
    }
    return read_known(node, names, "region");
  }

  std::optional<std::vector<std::string>> read_tags(const Node& node) const {
    if (!node.is(ValueKind::sequence) && !node.is(ValueKind::scalar)) {
      node.want("a list of tags");
      return std::nullopt;
    }
    std::vector<std::string> tags;
    const std::vector<std::string_view> names(call_.tags.begin(), call_.tags.end());
    for (const Value& word : words_of(node)) {
      if (!find(word.text, names, "tag", node)) return std::nullopt;
      tags.push_back(word.text);
    }
    return tags;
  }

 private:
  static std::optional<std::size_t> find(std::string_view name, const std::vector<std::string_view>& names,
                                         const char* noun, const Node& node) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
    node.refuse(fmt::format("found the unknown {} {}", noun, quote(name)),
                names.empty() ? fmt::format("the call names no {}", noun) : suggest(name, names));
    return std::nullopt;
  }

  static std::optional<std::string> read_known(const Node& node, const std::vector<std::string_view>& names,
                                               const char* noun) {
    auto name = read_name(node);
    if (!name || !find(*name, names, noun, node)) return std::nullopt;
    return name;
  }

  const Call& call_;
};

std::optional<Kind> read_kind(const Node& node) {
  return read_mapping<Kind>(node, "a kind of cards such as {name: H200, cards: 2296}", [](Fields& in, Kind& kind) {
    const auto read_cards = integer_in<std::int64_t>(1, most_cards);
    in.need("name", kind.name, read_name);
    in.need("cards", kind.cards, read_cards);
    in.take("per_server", kind.per_server, integer_in<std::int64_t>(1, 1024));
    if (std::int64_t cap = 0; in.take("cap", cap, read_cards)) kind.cap = cap;
    if (std::int64_t price = 0; in.take("price", price, integer_in<std::int64_t>(0, most_price))) kind.price = price;
  });
}

// Reads `{name: [names]}`.
std::optional<std::vector<RegionGroup>> read_regions(const Node& node) {
  if (!node.is(ValueKind::mapping)) {
    node.want("groups of regions such as {capital: [seoul, incheon]}");
    return std::nullopt;
  }
  std::vector<RegionGroup> groups;
  for (const Entry& entry : node.value().entries) {
    auto regions = list_of(read_name, "a list of regions")(node.at(entry));
    if (regions) groups.push_back({.name = entry.key, .regions = std::move(*regions)});
  }
  return groups;
}

// Reads `{kind: cards}`.
std::optional<std::vector<std::optional<std::int64_t>>> read_from(const Node& node, const Call& call) {
  if (!node.is(ValueKind::mapping)) {
    node.want("cards by kind such as {H200: 64}");
    return std::nullopt;
  }
  std::vector<std::optional<std::int64_t>> from(call.kinds.size());
  for (const Entry& entry : node.value().entries) {
    const Node value = node.at(entry);
    const auto kind = Names(call).find_kind(entry.key, value);
    const auto cards = integer_in<std::int64_t>(1, most_cards)(value);
    if (kind && cards) from[*kind] = *cards;
  }
  return from;
}

std::optional<Size> read_size(const Node& node, const Call& call) {
  const Names names(call);
  return read_mapping<Size>(node, "a size such as {name: large, from: {H200: 64}}", [&](Fields& in, Size& size) {
    in.need("name", size.name, read_name);
    in.need("from", size.from, [&](const Node& at) { return read_from(at, call); });
    in.take("least_score", size.least_score, read_score);
    in.take("needs", size.needs, [&](const Node& at) { return names.read_tags(at); });
  });
}

Selector read_selector(Fields& in, const Call& call) {
  const Names names(call);
  Selector who;
  const auto take = [&](const char* key, auto& into, const auto& read) {
    if (typename std::remove_reference_t<decltype(into)>::value_type value{}; in.take(key, value, read)) into = value;
  };
  take("class", who.applicant_class, [&](const Node& at) { return names.read_class(at); });
  take("region", who.region, [&](const Node& at) { return names.read_region(at, Names::Groups::taken); });
  take("organisation", who.organisation, read_line);
  take("tag", who.tag, [&](const Node& at) { return names.read_tag(at); });
  take("size", who.size, [&](const Node& at) { return names.read_size(at); });
  take("kind", who.kind, [&](const Node& at) { return names.read_kind(at); });
  return who;
}

struct Bound {
  std::int64_t number = 0;
  std::string text;
};

enum class Rounded : std::uint8_t { up, down };

// A number, or a percentage of `whole`.
std::optional<Bound> read_bound(const Node& node, std::int64_t whole, Rounded round) {
  const std::string_view text = plain_text(node).value_or("");
  if (!text.ends_with('%')) {
    const auto number = integer_in<std::int64_t>(0, most_cards * 100)(node);
    if (!number) return std::nullopt;
    return Bound{.number = *number, .text = ""};
  }
  const auto percent = read_percent(node);
  if (!percent) return std::nullopt;
  constexpr std::int64_t all = 100 * programme::hundred;
  return Bound{.number = (whole * *percent + (round == Rounded::up ? all - 1 : 0)) / all, .text = std::string(text)};
}

void read_bounds(Fields& in, const Call& call, Share& share) {
  std::int64_t whole = 0;
  for (std::size_t k = 0; k < call.kinds.size(); ++k) {
    if (!share.who.kind || *share.who.kind == k) whole += call.kinds[k].cards;
  }
  const auto take = [&](const char* key, Rounded round, auto& number, std::string& text) {
    Bound bound;
    const Node at = in.at(key);
    if (!in.take(key, bound, [&](const Node& node) { return read_bound(node, whole, round); })) return;
    if (share.counts == Counts::awards && !bound.text.empty()) {
      at.refuse("found a percentage of awards", "write a number of awards, or count cards");
    }
    number = bound.number;
    text = bound.text;
  };
  take("least", Rounded::up, share.least, share.least_text);
  take("most", Rounded::down, share.most, share.most_text);
  if (!share.least && !share.most) in.node().refuse("found neither least nor most", "say how much they may get");
  if (share.least && share.most && *share.least > *share.most) {
    in.at("least").refuse(fmt::format("found {}, above most, which is {}", *share.least, *share.most),
                          "write a smaller number");
  }
  if (share.least && share.each != Each::none) {
    in.at("least").refuse("found least beside each", "write a share with least for each of them by name");
  }
}

std::optional<Share> read_share(const Node& node, const Call& call) {
  return read_mapping<Share>(node, "a share such as {class: academia, most: 2624}", [&](Fields& in, Share& share) {
    static const auto read_each = one_of<Each>(
        {{"class", Each::applicant_class}, {"region", Each::region}, {"organisation", Each::organisation}});
    static const auto read_counts = one_of<Counts>({{"cards", Counts::cards}, {"awards", Counts::awards}});
    share.who = read_selector(in, call);
    in.take("each", share.each, read_each);
    in.take("count", share.counts, read_counts);
    read_bounds(in, call, share);
  });
}

std::optional<Bonus> read_bonus(const Node& node, const Call& call) {
  return read_mapping<Bonus>(node, "a bonus such as {region: busan, points: 3}", [&](Fields& in, Bonus& bonus) {
    bonus.who = read_selector(in, call);
    in.need("points", bonus.points, read_score);
  });
}

std::optional<Tier> read_tier(const Node& node, const Call& call) {
  return read_mapping<Tier>(node, "a tier such as {class: industry, percent: 10%}", [&](Fields& in, Tier& tier) {
    tier.who = read_selector(in, call);
    in.need("percent", tier.percent, read_percent);
  });
}

// `H200:64` in a cell, `{H200: 64}` elsewhere.
std::optional<Ask> read_ask(const Value& value, const Node& node, const Call& call) {
  constexpr std::string_view wanted = "cards by kind such as {H200: 64}; in a table H200:64 B200:32";
  std::string kind_name;
  std::string cards_text;
  if (value.kind == ValueKind::scalar) {
    const std::size_t colon = value.text.find(':');
    kind_name = value.text.substr(0, colon);
    cards_text = colon == std::string::npos ? "" : value.text.substr(colon + 1);
  } else if (value.kind == ValueKind::mapping && value.entries.size() == 1) {
    kind_name = value.entries.front().key;
    cards_text = value.entries.front().value.text;
  }
  const auto cards = parse_decimal(cards_text, 0);
  if (!cards || *cards < 1 || *cards > most_cards) {
    node.want(wanted);
    return std::nullopt;
  }
  const auto kind = Names(call).find_kind(kind_name, node);
  if (!kind) return std::nullopt;
  return Ask{.kind = *kind, .cards = *cards};
}

std::optional<std::vector<Ask>> read_asks(const Node& node, const Call& call) {
  std::vector<Value> values = words_of(node);
  if (node.is(ValueKind::mapping)) values = {node.value()};
  if (values.empty()) {
    node.want("cards by kind such as {H200: 64}, or a list of those that would do");
    return std::nullopt;
  }
  std::vector<Ask> asks;
  for (const Value& value : values) {
    const auto ask = read_ask(value, node, call);
    if (!ask) return std::nullopt;
    const bool is_new = std::none_of(asks.begin(), asks.end(), [&](const Ask& a) { return a.kind == ask->kind; });
    if (!is_new) {
      node.refuse("found one kind of cards twice", "name each kind that would do once");
      return std::nullopt;
    }
    asks.push_back(*ask);
  }
  return asks;
}

void read_least(Fields& in, const Call& call, Application& application) {
  std::int64_t least = 0;
  const Node at = in.at("least");
  if (!in.take("least", least, integer_in<std::int64_t>(1, most_cards))) return;
  application.least = least;
  if (!call.reducible)
    at.refuse("found least, and the call reduces none", "leave it out, or call with reducible: true");
}

enum class Scored : std::uint8_t { no, yes };

std::optional<Application> read_application(const Node& node, const Call& call, Scored scored) {
  const Names names(call);
  const std::string_view wanted =
      scored == Scored::yes
          ? "an application such as {name: A1, organisation: kaist, class: academia, score: 87.5, asks: {H200: 64}}"
          : "an application such as {name: A1, organisation: kaist, class: academia, asks: {H200: 64}}";
  return read_mapping<Application>(node, wanted, [&](Fields& in, Application& application) {
    in.need("name", application.name, read_name);
    application.project = application.name;
    in.take("project", application.project, read_path);
    in.need("organisation", application.organisation, read_line);
    in.need("class", application.applicant_class, [&](const Node& at) { return names.read_class(at); });
    const auto read_region = [&](const Node& at) { return names.read_region(at, Names::Groups::refused); };
    call.regions.empty() ? in.take("region", application.region, read_region)
                         : in.need("region", application.region, read_region);
    in.take("tags", application.tags, [&](const Node& at) { return names.read_tags(at); });
    if (scored == Scored::yes) in.need("score", application.score, read_score);
    in.take("months", application.months, integer_in<std::int64_t>(1, most_months));
    in.need("asks", application.asks, [&](const Node& at) { return read_asks(at, call); });
    read_least(in, call, application);
  });
}

std::optional<std::vector<Application>> read_list(const Node& node, const Call& call) {
  refuse_duplicates(node, "name", "application");
  return list_of([&](const Node& at) { return read_application(at, call, Scored::yes); },
                 "a list of applications")(node);
}

// A list, or the name of a table in a file.
std::optional<std::vector<Application>> read_applications(const Node& node, const Call& call,
                                                          const std::filesystem::path& folder) {
  if (!node.is(ValueKind::scalar)) return read_list(node, call);
  const auto line = read_line(node);
  if (!line) return std::nullopt;
  const auto path = folder / *line;
  const auto text = read_file(path);
  if (!text) {
    node.refuse("found " + quote(*line), text.error().message, text.error().code);
    return std::nullopt;
  }
  const auto root = parse_csv(*text, node.mistakes().add_file(path.string()), node.mistakes());
  if (!root) return std::nullopt;
  return read_list(Node(*root, node.mistakes()), call);
}

void read_rules(Fields& in, Call& call) {
  const Names names(call);
  const auto with_call = [&](const auto& read) { return [&](const Node& node) { return read(node, call); }; };
  in.take("needs", call.needs, [&](const Node& at) { return names.read_tags(at); });
  refuse_duplicates(in.at("sizes"), "name", "size");
  in.take("sizes", call.sizes, list_of(with_call(read_size), "a list of sizes"));
  if (std::int64_t months = 0; in.take("months", months, integer_in<std::int64_t>(1, most_months)))
    call.months = months;
  in.take("least_score", call.least_score, read_score);
  in.take("awards_per_project", call.awards_per_project, integer_in<std::int64_t>(1, 1000));
  in.take("shares", call.shares, list_of(with_call(read_share), "a list of shares"));
  in.take("bonuses", call.bonuses, list_of(with_call(read_bonus), "a list of bonuses"));
  in.take("pays", call.pays, list_of(with_call(read_tier), "a list of tiers"));
}

void read_weighing(Fields& in, Call& call) {
  static const auto read_weigh = one_of<Weigh>({{"awards", Weigh::awards}, {"cards", Weigh::cards}});
  in.take("weigh", call.weigh, read_weigh);
  in.take("reducible", call.reducible, read_boolean);
  if (call.reducible && call.weigh == Weigh::awards) {
    in.at("reducible")
        .refuse("found true, and an award counts whole however small it is",
                "write weigh: cards, or leave reducible out");
  }
}

void read_call(Fields& in, Call& call) {
  in.need("call", call.name, read_path);
  refuse_duplicates(in.at("kinds"), "name", "kind of cards");
  in.need("kinds", call.kinds, list_of(read_kind, "a list of kinds of cards"));
  in.need("classes", call.classes, list_of(read_name, "a list of classes"));
  in.take("regions", call.regions, read_regions);
  in.take("tags", call.tags, list_of(read_name, "a list of tags"));
  read_rules(in, call);
  read_weighing(in, call);
}

std::optional<Round> read_call_with_applications(const Node& node, const std::filesystem::path& folder) {
  return read_mapping<Round>(node, "a call such as {call: large-1, kinds: [...], classes: [...], applications: ...}",
                             [&](Fields& in, Round& round) {
                               Call& call = round.call;
                               read_call(in, call);
                               in.need("applications", round.applications,
                                       [&](const Node& at) { return read_applications(at, call, folder); });
                             });
}

}  // namespace

Result<Round> read_round_text(std::string_view text, std::string name, const std::filesystem::path& folder) {
  return read_text(text, std::move(name), [&](const Node& node) { return read_call_with_applications(node, folder); });
}

Result<Call> read_call_text(std::string_view text, std::string name) {
  return read_text(text, std::move(name), [](const Node& node) {
    return read_mapping<Call>(node, "a call such as {call: large-1, kinds: [...], classes: [...]}", read_call);
  });
}

Result<Application> read_application_text(std::string_view text, std::string name, const Call& call) {
  return read_text(text, std::move(name), [&](const Node& node) { return read_application(node, call, Scored::no); });
}

Result<Round> read_reviewed_round(std::string_view call, const std::vector<ReviewedText>& applications) {
  auto read = read_call_text(call, "call");
  if (!read) return tl::unexpected(read.error());
  Round round{.call = std::move(*read), .applications = {}};
  for (const ReviewedText& one : applications) {
    auto application = read_application_text(one.text, "application", round.call);
    if (!application) return tl::unexpected(application.error());
    application->score = one.score;
    round.applications.push_back(std::move(*application));
  }
  return round;
}

std::optional<std::int64_t> parse_score(std::string_view text) {
  const auto score = parse_decimal(text, 2);
  return score && *score <= highest_score ? score : std::nullopt;
}

Result<Round> read_round(const std::filesystem::path& path) {
  const auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  return read_round_text(*text, path.string(), path.parent_path());
}

}  // namespace dure::spec
