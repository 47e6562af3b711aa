#include "dure/recount/lending.h"

#include <algorithm>

#include "dure/ledger/micro.h"

namespace dure::recount {

Lending::Party& Lending::party(const std::string& root) {
  for (Party& one : parties_) {
    if (one.root == root) return one;
  }
  parties_.push_back({.root = root});
  return parties_.back();
}

void Lending::declare(const std::vector<std::pair<std::string, std::int64_t>>& shares) {
  for (Party& one : parties_) one.share = 0;
  for (const auto& [root, milli] : shares) party(root).share = milli;
}

void Lending::hold(const std::string& root, std::int64_t milli, bool is_emergency) {
  Party& holder = party(root);
  holder.held += milli;
  if (is_emergency) holder.urgent += milli;
}

bool Lending::owns(const std::string& root) const {
  return std::any_of(parties_.begin(), parties_.end(),
                     [&](const Party& one) { return one.root == root && one.share > 0; });
}

std::vector<Lending::Piece> Lending::borrowed() const {
  std::vector<Piece> pieces;
  std::int64_t at = 0;
  const auto add = [&](const Party& party, std::string_view reason, std::int64_t milli) {
    pieces.push_back({party.root, reason, at, at + milli});
    at += milli;
  };
  for (const Party& one : parties_) {
    const std::int64_t urgent = std::min(one.urgent, one.beyond());
    add(one, "emergency", urgent);
    add(one, one.share > 0 ? "burst" : "idle", one.beyond() - urgent);
  }
  return pieces;
}

// In proportion to what each leaves idle. What rounding leaves over is taken of the first that have it.
std::vector<Lending::Piece> Lending::offered(std::int64_t wanted) const {
  std::int64_t idle = 0;
  for (const Party& one : parties_) idle += one.idle();
  const std::int64_t lent = std::min(wanted, idle);
  std::vector<std::int64_t> parts;
  std::int64_t rest = lent;
  for (const Party& one : parties_) {
    parts.push_back(idle == 0 ? 0 : static_cast<std::int64_t>(Wide{lent} * one.idle() / idle));
    rest -= parts.back();
  }
  std::vector<Piece> pieces;
  std::int64_t at = 0;
  for (std::size_t i = 0; i < parties_.size(); ++i) {
    const std::int64_t more = std::min(rest, parties_[i].idle() - parts[i]);
    rest -= more;
    pieces.push_back({parties_[i].root, {}, at, at + parts[i] + more});
    at = pieces.back().to;
  }
  pieces.push_back({{}, {}, at, wanted});
  return pieces;
}

std::vector<Lent> Lending::lent() const {
  const std::vector<Piece> takers = borrowed();
  const std::int64_t wanted = takers.empty() ? 0 : takers.back().to;
  std::vector<Lent> lent;
  for (const Piece& giver : offered(wanted)) {
    for (const Piece& taker : takers) {
      const std::int64_t milli = std::min(giver.to, taker.to) - std::max(giver.from, taker.from);
      if (milli > 0) lent.push_back({giver.root, taker.root, taker.reason, milli});
    }
  }
  return lent;
}

}  // namespace dure::recount
