#include "dure/ledger/loans.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace dure::ledger {

std::string_view to_text(LoanReason reason) {
  switch (reason) {
    case LoanReason::idle: return "idle";
    case LoanReason::burst: return "burst";
    case LoanReason::emergency: return "emergency";
  }
  return {};
}

LoanBook::Standing& LoanBook::standing(Party party) {
  const auto found =
      std::find_if(standings_.begin(), standings_.end(), [&](const Standing& one) { return one.party == party; });
  return found != standings_.end() ? *found : standings_.emplace_back(Standing{.party = party});
}

void LoanBook::set_shares(const std::vector<Standing>& shares, Time now) {
  bring_up_to(now);
  for (Standing& one : standings_) one.share_milli = 0;
  for (const Standing& share : shares) standing(share.party).share_milli = share.share_milli;
  share_out();
}

void LoanBook::hold(Party party, std::int64_t milli, bool is_emergency, Time now) {
  Standing& changed = standing(party);
  const std::int64_t before = changed.borrowed();
  changed.held_milli += milli;
  if (is_emergency) changed.emergency_milli += milli;
  if (borrowed_milli_ == 0 && changed.borrowed() == 0) return;
  // What was lent until now was lent by the former standings' flows.
  bring_up_to(now);
  borrowed_milli_ += changed.borrowed() - before;
  share_out();
}

void LoanBook::bring_up_to(Time now) {
  const Wide ns = (now - noted_to_).ns;
  for (const Flow& flow : flows_) noted_[flow.noted_at].used += Wide{flow.milli} * ns;
  noted_to_ = now;
}

std::vector<Loan> LoanBook::take() {
  std::vector<Loan> taken = std::exchange(noted_, {});
  for (Flow& flow : flows_) flow.noted_at = place(flow.lender, flow.borrower, flow.reason);
  std::erase_if(taken, [](const Loan& loan) { return loan.used == 0; });
  return taken;
}

std::size_t LoanBook::place(Party lender, Party borrower, LoanReason reason) {
  const Loan wanted{.lender = lender, .borrower = borrower, .reason = reason, .reclaims = {}};
  const auto found =
      std::find_if(noted_.begin(), noted_.end(), [&](const Loan& loan) { return loan.is_alike(wanted); });
  if (found != noted_.end()) return static_cast<std::size_t>(found - noted_.begin());
  noted_.push_back(wanted);
  return noted_.size() - 1;
}

// Each owner lends in proportion to what it leaves idle; whole thousandths, what is left over goes to the first. What
// no owner leaves idle is lent by nobody. Borrowers and lenders are then matched in order.
void LoanBook::share_out() {
  flows_.clear();
  borrowed_milli_ = 0;
  std::int64_t idle = 0;
  for (const Standing& one : standings_) {
    borrowed_milli_ += one.borrowed();
    idle += one.idle();
  }
  if (borrowed_milli_ == 0) return;
  const std::int64_t lent = std::min(borrowed_milli_, idle);
  struct Part {
    Party lender;
    std::int64_t milli;
    std::int64_t most;
  };
  std::vector<Part> parts;
  std::int64_t left = lent;
  for (const Standing& one : standings_) {
    if (one.idle() == 0) continue;
    const auto milli = static_cast<std::int64_t>(Wide{lent} * one.idle() / idle);
    parts.push_back({one.party, milli, one.idle()});
    left -= milli;
  }
  for (Part& part : parts) {
    const std::int64_t more = std::min(left, part.most - part.milli);
    part.milli += more;
    left -= more;
  }
  if (borrowed_milli_ > idle) parts.push_back({nobody, borrowed_milli_ - idle, INT64_MAX});
  std::size_t at = 0;
  const auto lend_to = [&](Party borrower, LoanReason reason, std::int64_t milli) {
    while (milli > 0) {
      const std::int64_t some = std::min(milli, parts[at].milli);
      if (some > 0) {
        flows_.push_back({parts[at].lender, borrower, reason, some, place(parts[at].lender, borrower, reason)});
      }
      milli -= some;
      parts[at].milli -= some;
      if (parts[at].milli == 0) ++at;
    }
  };
  for (const Standing& one : standings_) {
    const std::int64_t borrowed = one.borrowed();
    const std::int64_t urgent = std::min(borrowed, one.emergency_milli);
    lend_to(one.party, LoanReason::emergency, urgent);
    lend_to(one.party, one.share_milli > 0 ? LoanReason::burst : LoanReason::idle, borrowed - urgent);
  }
}

// Months may be over in which nothing has happened since.
void add_unnoted(const LoanBook& known, std::uint32_t pool, Month open, Duration zone, Time now,
                 std::vector<Loan>& loans) {
  if (!known.is_noting()) return;
  LoanBook book = known;
  for (Month month = open;; month = after(month)) {
    const Time end = begin_of(after(month), zone);
    book.bring_up_to(std::min(end, std::max(now, book.noted_to())));
    for (Loan& loan : book.take()) {
      loan.month = month;
      loan.pool = pool;
      loans.push_back(loan);
    }
    if (now < end) return;
  }
}

// What was taken back of a month that goes on stands apart from what is noted of it.
std::vector<Loan> merged(std::vector<Loan> loans) {
  const auto key = [](const Loan& loan) {
    return std::tuple(loan.month, loan.pool, loan.lender, loan.borrower, loan.reason);
  };
  std::sort(loans.begin(), loans.end(), [&](const Loan& a, const Loan& b) { return key(a) < key(b); });
  std::vector<Loan> all;
  for (const Loan& loan : loans) {
    if (all.empty() || !all.back().is_alike(loan)) {
      all.push_back(loan);
      continue;
    }
    all.back().used += loan.used;
    if (loan.reclaims.times > 0) all.back().reclaims = loan.reclaims;
  }
  return all;
}

}  // namespace dure::ledger
