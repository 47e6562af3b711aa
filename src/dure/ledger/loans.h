// Who had whose cards: what each root tenant used above its share of a pool, as lent by those who used less of theirs.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/time.h"
#include "dure/ledger/micro.h"
#include "dure/ledger/month.h"

namespace dure::ledger {

enum class LoanReason : std::uint8_t {
  idle,       // who owns nothing there uses what nobody else does
  burst,      // who uses all of its own, and more
  emergency,  // for a programme that is one
};
constexpr LoanReason last_of(LoanReason) { return LoanReason::emergency; }
std::string_view to_text(LoanReason reason);

// What was taken back for its owner, and when it was there.
struct Reclaims {
  std::uint64_t times = 0;
  std::uint64_t late = 0;  // later than the pool promises
  Duration promised;       // the latest promise
  Duration longest;
  Wide sum = 0;  // of ns

  void add(Duration promise, Duration actual) {
    ++times;
    if (actual > promise) ++late;
    promised = promise;
    longest = std::max(longest, actual);
    sum += actual.ns;
  }
};

template <class Archive>
void fields(Archive& archive, Like<Reclaims> auto& reclaims) {
  archive(reclaims.times);
  archive(reclaims.late);
  archive(reclaims.promised);
  archive(reclaims.longest);
  wide_field(archive, reclaims.sum);
}

// Parties are numbered by the ledger.
using Party = std::uint32_t;
constexpr Party nobody = 0;  // what of a pool is nobody's share

struct Loan {
  Month month;
  std::uint32_t pool = 0;
  Party lender = nobody;
  Party borrower = nobody;
  LoanReason reason = LoanReason::idle;
  Wide used = 0;  // milli x ns
  Reclaims reclaims;

  bool is_alike(const Loan& other) const {
    return month == other.month && pool == other.pool && lender == other.lender && borrower == other.borrower &&
           reason == other.reason;
  }
};

template <class Archive>
void fields(Archive& archive, Like<Loan> auto& loan) {
  archive(loan.month);
  archive(loan.pool);
  archive(loan.lender);
  archive(loan.borrower);
  archive(loan.reason);
  wide_field(archive, loan.used);
  archive(loan.reclaims);
}

// The loans of one pool.
class LoanBook {
 public:
  struct Standing {
    Party party = nobody;
    std::int64_t share_milli = 0;
    std::int64_t held_milli = 0;
    std::int64_t emergency_milli = 0;  // of that

    std::int64_t borrowed() const { return std::max<std::int64_t>(0, held_milli - share_milli); }
    std::int64_t idle() const { return std::max<std::int64_t>(0, share_milli - held_milli); }
  };

  // From now on these are the shares. O(parties squared), as everything here.
  void set_shares(const std::vector<Standing>& shares, Time now);
  // The party holds more, or less. O(1) while nobody borrows.
  void hold(Party party, std::int64_t milli, bool is_emergency, Time now);
  // Notes the loans up to `now`. The caller takes them at the end of each month.
  void bring_up_to(Time now);
  // What was noted since it was last taken, by lender, borrower and reason; `month` and `pool` are the caller's to set.
  std::vector<Loan> take();
  bool is_noting() const { return !flows_.empty() || !noted_.empty(); }
  const std::vector<Standing>& standings() const { return standings_; }
  std::int64_t share_of(Party party) const {
    const auto found =
        std::find_if(standings_.begin(), standings_.end(), [&](const Standing& one) { return one.party == party; });
    return found == standings_.end() ? 0 : found->share_milli;
  }
  Time noted_to() const { return noted_to_; }
  // Who lends to whom at the moment.
  struct Flow {
    Party lender = nobody;
    Party borrower = nobody;
    LoanReason reason = LoanReason::idle;
    std::int64_t milli = 0;
    std::size_t noted_at = 0;  // its place in what is noted
  };
  const std::vector<Flow>& flows() const { return flows_; }

  template <class Archive>
  friend void fields(Archive& archive, Like<LoanBook> auto& book) {
    archive(book.standings_);
    archive(book.noted_);
    archive(book.noted_to_);
    archive(book.borrowed_milli_);
    archive(book.flows_);
  }

 private:
  Standing& standing(Party party);
  void share_out();
  std::size_t place(Party lender, Party borrower, LoanReason reason);

  std::vector<Standing> standings_;  // by the order in which they were first heard of
  std::vector<Loan> noted_;
  std::vector<Flow> flows_;
  std::int64_t borrowed_milli_ = 0;
  Time noted_to_;
};

// Appends what the book of that pool has noted since it was last taken, at the begin of `open` or later, a month at a
// time up to `now`.
void add_unnoted(const LoanBook& book, std::uint32_t pool, Month open, Duration zone, Time now,
                 std::vector<Loan>& loans);
// By month, pool, lender, borrower and reason, with one of those that are alike.
std::vector<Loan> merged(std::vector<Loan> loans);

template <class Archive>
void fields(Archive& archive, Like<LoanBook::Standing> auto& standing) {
  archive(standing.party);
  archive(standing.share_milli);
  archive(standing.held_milli);
  archive(standing.emergency_milli);
}

template <class Archive>
void fields(Archive& archive, Like<LoanBook::Flow> auto& flow) {
  archive(flow.lender);
  archive(flow.borrower);
  archive(flow.reason);
  archive(flow.milli);
  std::uint64_t at = flow.noted_at;
  archive(at);
  if constexpr (!std::is_const_v<std::remove_reference_t<decltype(flow)>>) flow.noted_at = at;
}

}  // namespace dure::ledger
