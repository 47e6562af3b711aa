#include "dure/simulate/ledger_summary.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace dure::simulate {
namespace {

double credits(ledger::Micro micro) { return static_cast<double>(micro) / static_cast<double>(ledger::credit); }

double gpu_hours(Wide milli_ns) { return static_cast<double>(milli_ns) / whole / static_cast<double>(hours(1).ns); }

// Made of what was taken back from others.
bool is_by_rule(const ledger::Grant& grant) { return !grant.steps.front().by; }

std::vector<ProgrammeLine> programmes_of(const ledger::Ledger& book) {
  std::vector<ProgrammeLine> lines;
  for (const ledger::Programme& programme : book.programmes()) {
    lines.push_back({.programme = programme.name, .tenant = programme.tenant});
  }
  for (const ledger::Grant& grant : book.grants()) {
    ++lines[grant.programme].grants;
    if (!is_by_rule(grant)) lines[grant.programme].cards += grant.cards;
  }
  for (const ledger::Account& account : book.accounts()) {
    ProgrammeLine& line = lines[account.programme];
    for (const ledger::MonthLine& month : account.months) {
      line.awarded += credits(month.awarded);
      line.charged += credits(month.charged);
      line.lapsed += credits(month.lapsed);
      line.reduced += credits(month.reduced);
      for (const ledger::PoolLine& pool : month.pools) {
        line.waived += credits(pool.waived_in_all());
        line.borrowed += credits(pool.waived[static_cast<std::size_t>(ledger::Waiver::borrowed)]);
      }
    }
  }
  return lines;
}

std::vector<LoanLine> loans_of(const ledger::Ledger& book, Time now) {
  std::map<std::pair<ledger::Party, ledger::Party>, LoanLine> lines;
  for (const ledger::Loan& loan : book.loans(now)) {
    LoanLine& line = lines[{loan.lender, loan.borrower}];
    line.lender = book.parties()[loan.lender];
    line.borrower = book.parties()[loan.borrower];
    line.gpu_hours += gpu_hours(loan.used);
    if (loan.reason == ledger::LoanReason::emergency) line.emergency_gpu_hours += gpu_hours(loan.used);
    line.reclaims += loan.reclaims.times;
    line.late += loan.reclaims.late;
    line.longest_reclaim_s = std::max(line.longest_reclaim_s, static_cast<double>(loan.reclaims.longest.ns) / 1e9);
  }
  std::vector<LoanLine> all;
  for (auto& [key, line] : lines) all.push_back(std::move(line));
  return all;
}

std::vector<OwnerLine> owners_of(const std::vector<LoanLine>& loans) {
  std::map<std::string, OwnerLine> lines;
  for (const LoanLine& loan : loans) {
    lines[loan.lender].lent += loan.gpu_hours;
    lines[loan.borrower].borrowed += loan.gpu_hours;
  }
  std::vector<OwnerLine> all;
  for (auto& [owner, line] : lines) {
    line.owner = owner;
    all.push_back(std::move(line));
  }
  return all;
}

// Which of the rules' steps a grant went through is in its steps.
bool went_through(const ledger::Grant& grant, std::string_view step) {
  return std::any_of(grant.steps.begin(), grant.steps.end(),
                     [&](const ledger::Step& one) { return one.text.starts_with(step); });
}

TakenBack taken_back_of(const ledger::Ledger& book) {
  TakenBack sum;
  std::set<AccountId> by_rule;
  for (const ledger::Grant& grant : book.grants()) {
    if (went_through(grant, "first notice")) ++sum.warned;
    if (went_through(grant, "reduced")) ++sum.reduced;
    sum.cards_freed += grant.cards - grant.cards_kept;
    if (!is_by_rule(grant)) continue;
    ++sum.reawarded;
    sum.cards_reawarded += grant.cards;
    by_rule.insert(grant.account);
  }
  for (std::size_t i = 0; i < book.accounts().size(); ++i) {
    for (const ledger::MonthLine& month : book.accounts()[i].months) {
      sum.credits += credits(month.reduced);
      if (!by_rule.contains(id_of<AccountTag>(i))) continue;
      for (const ledger::PoolLine& pool : month.pools) sum.used_gpu_hours += gpu_hours(pool.used);
    }
  }
  return sum;
}

}  // namespace

LedgerSummary summary_of(const State& state) {
  const ledger::Ledger& book = state.ledger();
  LedgerSummary summary{.programmes = programmes_of(book), .loans = loans_of(book, state.now())};
  summary.owners = owners_of(summary.loans);
  summary.taken_back = taken_back_of(book);
  return summary;
}

}  // namespace dure::simulate
