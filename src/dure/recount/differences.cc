// What the ledger says against what was counted here.
#include <fmt/format.h>

#include "dure/recount/recount.h"

namespace dure::recount {
namespace {

std::string text(Wide wide) {
  if (wide < 0) return "-" + text(-wide);
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(wide % 10)));
    wide /= 10;
  } while (wide > 0);
  return digits;
}

// Collects what differs of one thing.
class Comparison {
 public:
  Comparison(std::string of, std::vector<std::string>& out) : of_(std::move(of)), out_(out) {}

  void same(std::string_view what, Wide ledger, Wide counted) {
    if (ledger == counted) return;
    out_.push_back(
        fmt::format("{}: {} is {} by the ledger and {} by the facts", of_, what, text(ledger), text(counted)));
  }

 private:
  std::string of_;
  std::vector<std::string>& out_;
};

const std::string& name_of(const ledger::Ledger& ledger, const ledger::PoolLine& line) {
  return ledger.pools()[line.pool].path;
}

void compare_pool(const std::string& of, const ledger::PoolLine& told, const PoolFigures& counted,
                  std::vector<std::string>& out) {
  Comparison comparison(of, out);
  comparison.same("runs", static_cast<Wide>(told.runs), static_cast<Wide>(counted.runs));
  comparison.same("charged", told.charged, counted.charged);
  comparison.same("used", told.used, counted.used);
  for (std::size_t why = 0; why < ledger::waivers; ++why) {
    comparison.same(fmt::format("waived ({})", to_text(static_cast<ledger::Waiver>(why))), told.waived[why],
                    counted.waived[why]);
  }
}

void compare_month(const ledger::Ledger& ledger, const std::string& of, const ledger::MonthLine& told,
                   const MonthFigures& counted, std::vector<std::string>& out) {
  Comparison comparison(of, out);
  comparison.same("awarded", told.awarded, counted.awarded);
  comparison.same("lapsed", told.lapsed, counted.lapsed);
  comparison.same("reduced", told.reduced, counted.reduced);
  comparison.same("charged", told.charged, counted.charged);
  comparison.same("refunded", told.refunded, counted.refunded);
  std::map<std::string, PoolFigures> pools = counted.pools;
  for (const ledger::PoolLine& line : told.pools) {
    const std::string& path = name_of(ledger, line);
    compare_pool(of + " in " + path, line, pools[path], out);
    pools.erase(path);
  }
  for (const auto& [path, figures] : pools) compare_pool(of + " in " + path, {.waived = {}}, figures, out);
}

void compare_lot(const ledger::Lot& told, const LotFigures& counted, const std::string& of,
                 std::vector<std::string>& out) {
  Comparison comparison(fmt::format("{}, lot {} of grant {}", of, counted.number + 1, counted.grant.value), out);
  comparison.same("grant", told.grant.value, counted.grant.value);
  comparison.same("number", told.number, counted.number);
  comparison.same("state", static_cast<int>(told.state), static_cast<int>(counted.phase));
  comparison.same("awarded", -told[ledger::Place::awarded], counted.awarded);
  comparison.same("free", told[ledger::Place::free], counted.free);
  comparison.same("held", told[ledger::Place::held], counted.held);
  comparison.same("spent", told[ledger::Place::spent], counted.spent);
  comparison.same("lapsed", told[ledger::Place::lapsed], counted.lapsed);
}

void compare_account(const ledger::Ledger& ledger, const ledger::Account& told, const AccountFigures& counted,
                     std::vector<std::string>& out) {
  const std::string of = "account " + told.path;
  Comparison comparison(of, out);
  comparison.same("the balance", told.balance(), counted.balance());
  comparison.same("held beyond its lots", told.purse.line[ledger::Place::held], counted.held_beyond);
  comparison.same("owed", told.purse.line[ledger::Place::spent], counted.owed);
  comparison.same("the number of its lots", static_cast<Wide>(told.purse.lots.size()),
                  static_cast<Wide>(counted.lots.size()));
  for (std::size_t i = 0; i < std::min(told.purse.lots.size(), counted.lots.size()); ++i) {
    compare_lot(told.purse.lots[i], counted.lots[i], of, out);
  }
  std::map<Month, MonthFigures> months = counted.months;
  for (const ledger::MonthLine& line : told.months) {
    compare_month(ledger, of + " in " + to_text(line.month), line, months[line.month], out);
    months.erase(line.month);
  }
  for (const auto& [month, figures] : months) {
    compare_month(ledger, of + " in " + to_text(month), {.month = month, .pools = {}}, figures, out);
  }
}

}  // namespace

std::vector<std::string> Recount::differences(const State& state) const {
  std::vector<std::string> out = disputed_;
  compare_accounts(state.ledger(), out);
  compare_grants(state.ledger(), out);
  compare_calls(state.ledger(), out);
  compare_loans(state.ledger(), state.now(), out);
  return out;
}

void Recount::compare_accounts(const ledger::Ledger& ledger, std::vector<std::string>& out) const {
  std::map<std::string, AccountFigures> accounts = accounts_;
  for (const ledger::Account& told : ledger.accounts()) {
    const auto counted = accounts.find(told.path);
    if (counted == accounts.end()) {
      out.push_back(fmt::format("account {}: no fact opens it", told.path));
      continue;
    }
    compare_account(ledger, told, counted->second, out);
    accounts.erase(counted);
  }
  for (const auto& [path, figures] : accounts) out.push_back(fmt::format("account {}: the ledger has none", path));
}

void Recount::compare_grants(const ledger::Ledger& ledger, std::vector<std::string>& out) const {
  Comparison("grants", out)
      .same("their number", static_cast<Wide>(ledger.grants().size()), static_cast<Wide>(grants_.size()));
  for (const ledger::Grant& told : ledger.grants()) {
    const auto counted = grants_.find(told.id);
    if (counted == grants_.end()) continue;
    Micro lapsed = 0;
    for (const std::size_t lot : counted->second.lots) lapsed += accounts_.at(counted->second.account).lots[lot].lapsed;
    Comparison comparison(fmt::format("grant {}", told.id.value), out);
    comparison.same("awarded", told.awarded, counted->second.awarded);
    comparison.same("waived", told.waived, counted->second.waived);
    comparison.same("lapsed", told.lapsed, lapsed);
    comparison.same("its cards", told.cards_kept, counted->second.cards);
    comparison.same("its begin", told.from.ns, counted->second.from.ns);
    comparison.same("its end", told.to.ns, counted->second.to.ns);
  }
}

void Recount::compare_calls(const ledger::Ledger& ledger, std::vector<std::string>& out) const {
  for (const ledger::Call& told : ledger.calls()) {
    const auto counted = calls_.find(told.id);
    Comparison comparison("call " + told.name, out);
    const auto left = [&](const auto& freed) {
      Wide cards = 0;
      for (const auto& one : freed) cards += one.until > now_ ? one.cards : 0;
      return cards;
    };
    comparison.same("who waits", static_cast<Wide>(told.waiting.size()),
                    counted == calls_.end() ? 0 : static_cast<Wide>(counted->second.waiting.size()));
    comparison.same("cards that others gave up", left(told.freed),
                    counted == calls_.end() ? 0 : left(counted->second.freed));
  }
}

void Recount::compare_loans(const ledger::Ledger& ledger, Time now, std::vector<std::string>& out) const {
  const std::vector<std::string>& parties = ledger.parties();
  std::map<LoanKey, LoanFigures> counted = loans(now);
  const auto compare = [&](const LoanKey& key, const LoanFigures& told, const LoanFigures& found) {
    Comparison comparison(fmt::format("loans of {} in {} from {} to {} ({})", to_text(key.month), key.pool,
                                      key.lender.empty() ? "nobody" : key.lender, key.borrower, key.reason),
                          out);
    comparison.same("used", told.used, found.used);
    comparison.same("reclaims", static_cast<Wide>(told.reclaims), static_cast<Wide>(found.reclaims));
    comparison.same("late reclaims", static_cast<Wide>(told.late), static_cast<Wide>(found.late));
    comparison.same("what was promised", told.promised.ns, found.promised.ns);
    comparison.same("the longest", told.longest.ns, found.longest.ns);
    comparison.same("the sum of reclaims", told.sum, found.sum);
  };
  for (const ledger::Loan& loan : ledger.loans(now)) {
    const LoanKey key{loan.month, ledger.pools()[loan.pool].path, parties[loan.lender], parties[loan.borrower],
                      to_text(loan.reason)};
    const ledger::Reclaims& back = loan.reclaims;
    compare(key, {loan.used, back.times, back.late, back.promised, back.longest, back.sum}, counted[key]);
    counted.erase(key);
  }
  for (const auto& [key, found] : counted) compare(key, {}, found);
}

}  // namespace dure::recount
