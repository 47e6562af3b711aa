#include "dure/programme/reasons.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace dure::programme {
namespace {

// The awards as the limits see them, while some are tried out.
class Balance {
 public:
  Balance(const std::vector<Limit>& limits, const std::vector<std::int64_t>& cards)
      : limits_(limits), limits_of_(cards.size()), used_(limits.size()) {
    for (std::size_t l = 0; l < limits.size(); ++l) {
      for (const std::size_t choice : limits[l].members) {
        limits_of_[choice].push_back(l);
        if (cards[choice] > 0) used_[l] += amount(l, cards[choice]);
      }
    }
  }

  void add(std::size_t choice, std::int64_t cards) {
    for (const std::size_t l : limits_of_[choice]) used_[l] += amount(l, cards);
  }
  void remove(std::size_t choice, std::int64_t cards) {
    for (const std::size_t l : limits_of_[choice]) used_[l] -= amount(l, cards);
  }

  // What of the limit that many cards of one award are.
  std::int64_t amount(std::size_t limit, std::int64_t cards) const {
    return limits_[limit].counts == Counts::cards ? cards : 1;
  }
  const std::vector<std::size_t>& limits_of(std::size_t choice) const { return limits_of_[choice]; }
  std::int64_t used(std::size_t limit) const { return used_[limit]; }
  std::int64_t over(std::size_t limit) const {
    return limits_[limit].most ? std::max<std::int64_t>(0, used_[limit] - *limits_[limit].most) : 0;
  }
  bool lacks(std::size_t limit) const { return limits_[limit].least && used_[limit] < *limits_[limit].least; }

 private:
  const std::vector<Limit>& limits_;
  std::vector<std::vector<std::size_t>> limits_of_;  // by choice
  std::vector<std::int64_t> used_;
};

class Reasons {
 public:
  Reasons(const Round& round, const Choices& choices, const std::vector<Limit>& limits,
          const std::vector<std::int64_t>& cards)
      : round_(round), choices_(choices), cards_(cards), balance_(limits, cards), refusals_(round.applications.size()) {
    for (std::size_t i = 0; i < cards.size(); ++i) {
      if (cards[i] > 0) awarded_.push_back(i);
    }
    std::sort(awarded_.begin(), awarded_.end(), [&](std::size_t a, std::size_t b) {
      return std::make_tuple(worth_of(a), a) < std::make_tuple(worth_of(b), b);
    });
  }

  std::vector<Refusal> all() {
    std::vector<bool> is_awarded(round_.applications.size());
    for (const std::size_t i : awarded_) is_awarded[choices_.choices[i].application] = true;
    for (const Fault& fault : choices_.faults) refusals_[fault.application].faults.push_back(fault);
    for (std::size_t i = 0; i < cards_.size(); ++i) {
      const std::size_t application = choices_.choices[i].application;
      if (!is_awarded[application]) refusals_[application].turned.push_back(turn(i));
    }
    std::vector<Refusal> in_order;
    for (const std::size_t application : choices_.rank) {
      refusals_[application].application = application;
      if (!is_awarded[application]) in_order.push_back(std::move(refusals_[application]));
    }
    return in_order;
  }

 private:
  std::int64_t worth_of(std::size_t choice) const {
    return worth(round_.call, choices_.choices[choice], cards_[choice]);
  }

  // `balance_` has the choice while this runs.
  Turned turn(std::size_t i) {
    const Choice& choice = choices_.choices[i];
    Turned turned{.ask = choice.ask, .cards = choice.least, .worth = worth(round_.call, choice, choice.least)};
    balance_.add(i, choice.least);
    for (const std::size_t l : balance_.limits_of(i)) {
      if (balance_.over(l) == 0) continue;
      turned.blockers.push_back(
          {.limit = l, .used = balance_.used(l) - balance_.amount(l, choice.least), .over = balance_.over(l)});
    }
    find_ways(turned);
    balance_.remove(i, choice.least);
    return turned;
  }

  void find_ways(Turned& turned) {
    auto fitting = one_out(turned, Floors::kept);
    if (!fitting) fitting = some_out(turned, Floors::kept);
    if (fitting) turned.ways.push_back(std::move(*fitting));
    auto better = one_out(turned, Floors::ignored);
    if (!better && turned.ways.empty()) better = some_out(turned, Floors::ignored);
    const bool is_held = better && !better->floors.empty();
    if (is_held && (turned.ways.empty() || better->out_worth < turned.worth)) turned.ways.push_back(std::move(*better));
  }

  enum class Floors : std::uint8_t { kept, ignored };

  bool breaks_floor(std::size_t choice) const {
    const auto& limits = balance_.limits_of(choice);
    return std::any_of(limits.begin(), limits.end(), [&](std::size_t l) { return balance_.lacks(l); });
  }

  bool fits(const Turned& turned) const {
    return std::all_of(turned.blockers.begin(), turned.blockers.end(),
                       [&](const Blocker& blocker) { return balance_.over(blocker.limit) == 0; });
  }

  // The award of least worth that makes room alone.
  std::optional<Way> one_out(const Turned& turned, Floors floors) {
    for (const std::size_t i : awarded_) {
      balance_.remove(i, cards_[i]);
      std::optional<Way> way;
      if (fits(turned) && (floors == Floors::ignored || !breaks_floor(i))) way = way_of({i});
      balance_.add(i, cards_[i]);
      if (way) return way;
    }
    return std::nullopt;
  }

  // How much of what is over goes with that award, in millionths of it.
  std::int64_t relief(const Turned& turned, std::size_t choice) const {
    std::int64_t sum = 0;
    for (const std::size_t l : balance_.limits_of(choice)) {
      for (const Blocker& blocker : turned.blockers) {
        if (blocker.limit != l || balance_.over(l) == 0) continue;
        sum += std::min(balance_.amount(l, cards_[choice]), balance_.over(l)) * 1'000'000 / blocker.over;
      }
    }
    return sum;
  }

  // Awards that make room together, taken out while they cost the least for what they free; none of them in vain.
  std::optional<Way> some_out(const Turned& turned, Floors floors) {
    std::vector<std::size_t> out;
    while (!fits(turned)) {
      const std::optional<std::size_t> next = cheapest(turned, out, floors);
      if (!next) break;
      balance_.remove(*next, cards_[*next]);
      out.push_back(*next);
    }
    const bool found = fits(turned);
    if (found) put_back_needless(turned, out);
    std::optional<Way> way;
    if (found) way = way_of(out);
    for (const std::size_t i : out) balance_.add(i, cards_[i]);
    return way;
  }

  std::optional<std::size_t> cheapest(const Turned& turned, const std::vector<std::size_t>& out, Floors floors) {
    std::optional<std::size_t> best;
    std::int64_t best_relief = 0;
    for (const std::size_t i : awarded_) {
      if (std::find(out.begin(), out.end(), i) != out.end()) continue;
      const std::int64_t freed = relief(turned, i);
      if (freed == 0) continue;
      if (best && Wide{worth_of(i)} * best_relief >= Wide{worth_of(*best)} * freed) continue;
      balance_.remove(i, cards_[i]);
      const bool may_go = floors == Floors::ignored || !breaks_floor(i);
      balance_.add(i, cards_[i]);
      if (!may_go) continue;
      best = i;
      best_relief = freed;
    }
    return best;
  }

  void put_back_needless(const Turned& turned, std::vector<std::size_t>& out) {
    std::sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
      return std::make_tuple(worth_of(b), a) < std::make_tuple(worth_of(a), b);
    });
    for (std::size_t k = 0; k < out.size();) {
      balance_.add(out[k], cards_[out[k]]);
      if (fits(turned)) {
        out.erase(out.begin() + static_cast<std::ptrdiff_t>(k));
      } else {
        balance_.remove(out[k], cards_[out[k]]);
        ++k;
      }
    }
  }

  // Requires that they are out of the balance.
  Way way_of(const std::vector<std::size_t>& out) const {
    Way way;
    for (const std::size_t i : out) {
      way.out.push_back(choices_.choices[i].application);
      way.out_worth += worth_of(i);
      for (const std::size_t l : balance_.limits_of(i)) {
        if (!balance_.lacks(l)) continue;
        const bool is_known =
            std::any_of(way.floors.begin(), way.floors.end(), [&](const Floor& floor) { return floor.limit == l; });
        if (!is_known) way.floors.push_back({.limit = l, .left = balance_.used(l)});
      }
    }
    return way;
  }

  const Round& round_;
  const Choices& choices_;
  const std::vector<std::int64_t>& cards_;
  Balance balance_;
  std::vector<std::size_t> awarded_;  // choices, the least worth first
  std::vector<Refusal> refusals_;     // by application
};

}  // namespace

std::vector<Refusal> reasons_of(const Round& round, const Choices& choices, const std::vector<Limit>& limits,
                                const std::vector<std::int64_t>& cards) {
  return Reasons(round, choices, limits, cards).all();
}

}  // namespace dure::programme
