#include "dure/api/loans.h"

#include <utility>

namespace dure::api {

std::vector<ledger::Loan> loans_of(const View& view, Time now) {
  std::vector<ledger::Loan> loans;
  for (std::size_t i = 0; i < view.loans.id_bound(); ++i) {
    if (const ledger::Loan* loan = view.loans.find(i)) loans.push_back(*loan);
  }
  for (std::size_t pool = 0; pool < view.loan_books.id_bound(); ++pool) {
    const ledger::LoanBook* book = view.loan_books.find(pool);
    if (book == nullptr) continue;
    add_unnoted(*book, static_cast<std::uint32_t>(pool), view.ledger->open_month, view.ledger->zone, now, loans);
  }
  return ledger::merged(std::move(loans));
}

}  // namespace dure::api
