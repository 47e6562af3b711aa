#include "dure/api/loans.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace dure::api {
namespace {

using ledger::Loan;

auto key_of(const Loan& loan) { return std::tuple(loan.month, loan.pool, loan.lender, loan.borrower, loan.reason); }

// What has not been noted yet, a month at a time.
void add_open(const LedgerFrame& frame, const ledger::LoanBook& known, std::uint32_t pool, Time now,
              std::vector<Loan>& loans) {
  ledger::LoanBook book = known;
  for (ledger::Month month = frame.open_month;; month = after(month)) {
    const Time end = begin_of(after(month), frame.zone);
    book.bring_up_to(std::min(end, std::max(now, book.noted_to())));
    for (Loan& loan : book.take()) {
      loan.month = month;
      loan.pool = pool;
      loans.push_back(loan);
    }
    if (now < end) return;
  }
}

}  // namespace

std::vector<Loan> loans_of(const View& view, Time now) {
  std::vector<Loan> loans;
  for (std::size_t i = 0; i < view.loans.id_bound(); ++i) {
    if (const Loan* loan = view.loans.find(i)) loans.push_back(*loan);
  }
  for (std::size_t pool = 0; pool < view.loan_books.id_bound(); ++pool) {
    const ledger::LoanBook* book = view.loan_books.find(pool);
    if (book != nullptr && book->is_noting())
      add_open(*view.ledger, *book, static_cast<std::uint32_t>(pool), now, loans);
  }
  std::sort(loans.begin(), loans.end(), [](const Loan& a, const Loan& b) { return key_of(a) < key_of(b); });
  // What was taken back of a month that goes on stands apart from what is noted of it.
  std::vector<Loan> merged;
  for (Loan& loan : loans) {
    if (merged.empty() || key_of(merged.back()) != key_of(loan)) {
      merged.push_back(std::move(loan));
      continue;
    }
    merged.back().used += loan.used;
    if (loan.reclaims.times > 0) merged.back().reclaims = loan.reclaims;
  }
  return merged;
}

}  // namespace dure::api
