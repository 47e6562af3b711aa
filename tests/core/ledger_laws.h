// The nine rules of the ledger, each a law of its name that looks at every fact before and after it is applied.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/core/fact.h"
#include "dure/core/state.h"
#include "dure/recount/recount.h"

namespace dure {

class LedgerLaws {
 public:
  // `state` is the one the facts go to, and must outlive this object.
  explicit LedgerLaws(const State& state) : state_(state) {}

  void before(const Fact& fact);
  void after(const Fact& fact);
  // Rule 9: what is counted anew from the facts is what the ledger says.
  void a_recount_matches();

  const std::vector<std::string>& complaints() const { return complaints_; }
  // How often each rule, by its number, had something to say.
  const std::array<std::uint64_t, 10>& checks() const { return checks_; }

 private:
  struct Sums {
    ledger::Micro awarded = 0;
    ledger::Micro lapsed = 0;
    ledger::Micro rest = 0;                                                  // free, held and spent
    std::map<std::pair<std::size_t, std::size_t>, ledger::Micro> held_over;  // of lots that are over, by account
    std::map<GrantId, ledger::Micro> held;
  };
  struct Notices {
    std::uint32_t rule = 0;
    int number = 0;
    Time first;
    bool is_appealed = false;
  };
  using Integrals = std::map<std::pair<std::string, std::string>, Wide>;  // by pool and root tenant

  void expect(int rule, bool holds, std::string_view law);
  Sums sums() const;
  void nothing_is_made_or_lost(const Change& change, const Sums& now);
  void lots_that_are_over_only_shrink(const Sums& now);
  void before(const StartOrdered& start);
  void after(const StartOrdered& start);
  void before(const Ended& end);
  void after(const Ended& end);
  void before(const ledger::Change& change);
  void after(const ledger::Change& change);
  void before_award(const ledger::GrantAwarded& award);
  void its_cards_are_freed(GrantId id);
  void note_use();
  void loans_are_what_is_beyond_shares();
  ledger::Micro free(const ledger::Account& account, std::uint32_t kind) const;
  std::int64_t cards_left(AccountId account, std::uint32_t kind) const;
  std::int64_t milli_of(const Job& job, PoolId pool, const Allocation& allocation) const;

  const State& state_;
  recount::Recount recount_;
  Time now_;
  Sums sums_;
  std::optional<ledger::Hold> hold_;  // of the job at hand, before its fact
  std::optional<Job> job_;
  ledger::Micro free_ = 0;
  std::map<GrantId, Notices> notices_;
  Time used_to_;
  Integrals beyond_;  // of shares, milli x ns
  Integrals idle_;
  std::vector<std::string> complaints_;
  std::array<std::uint64_t, 10> checks_{};
};

}  // namespace dure
