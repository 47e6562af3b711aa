// The ledger as bytes and back, and what must hold of it.
#include <fmt/format.h>

#include <algorithm>

#include "dure/ledger/ledger.h"

namespace dure::ledger {

std::string_view to_text(GrantStatus status) {
  switch (status) {
    case GrantStatus::awarded: return "awarded";
    case GrantStatus::active: return "active";
    case GrantStatus::warned: return "warned";
    case GrantStatus::reduced: return "reduced";
    case GrantStatus::closed: return "closed";
    case GrantStatus::settled: return "settled";
  }
  return {};
}

std::string_view to_text(Appeal appeal) {
  switch (appeal) {
    case Appeal::none: return "none";
    case Appeal::filed: return "filed";
    case Appeal::granted: return "granted";
    case Appeal::refused: return "refused";
  }
  return {};
}

std::string_view to_text(ApplicationStatus status) {
  switch (status) {
    case ApplicationStatus::filed: return "filed";
    case ApplicationStatus::reviewed: return "reviewed";
    case ApplicationStatus::awarded: return "awarded";
    case ApplicationStatus::waiting: return "waiting";
    case ApplicationStatus::refused: return "refused";
  }
  return {};
}

template <class Archive, class AnyLedger>
void Ledger::image(Archive& archive, AnyLedger& ledger) {
  archive(ledger.is_open_);
  archive(ledger.zone_);
  archive(ledger.kinds_);
  archive(ledger.rates_);
  archive(ledger.programmes_);
  archive(ledger.accounts_);
  archive(ledger.grants_);
  archive(ledger.calls_);
  archive(ledger.applications_);
  archive(ledger.pools_);
  archive(ledger.parties_);
  archive(ledger.books_);
  archive(ledger.loans_);
  archive(ledger.open_month_);
}

void Ledger::write(ByteWriter& writer) const {
  image(writer, *this);
  writer(static_cast<std::uint32_t>(holds_.size()));
  for (const JobId job : holds_.sorted_ids()) {
    writer(job);
    writer(holds_[job]);
  }
}

void Ledger::read(ByteReader& reader) {
  image(reader, *this);
  std::uint32_t holds = 0;
  reader(holds);
  for (; holds > 0 && !reader.has_failed(); --holds) {
    JobId job;
    Hold hold;
    reader(job);
    reader(hold);
    if (!reader.has_failed()) holds_.insert(job, std::move(hold));
  }
}

void Ledger::restore(const Tenants& tenants, const std::vector<std::string>& pool_paths, Time now) {
  account_by_path_.clear();
  for (std::size_t i = 0; i < accounts_.size(); ++i) account_by_path_.emplace(accounts_[i].path, id_of<AccountTag>(i));
  set_tenants(tenants);
  pool_of_.clear();
  for (const std::string& path : pool_paths) {
    const auto found =
        std::find_if(pools_.begin(), pools_.end(), [&](const PoolEntry& entry) { return entry.path == path; });
    pool_of_.push_back(static_cast<std::uint32_t>(found - pools_.begin()));
  }
  if (is_open_) month_end_ = begin_of(after(open_month_), zone_);
  borrowing_.assign(pools_.size(), 0);
  holds_.for_each([&](JobId, const Hold& hold) { borrowing_[hold.pool] += hold.is_borrowed ? 1 : 0; });
  wakes_.clear();
  wake_of_.assign(grants_.size(), Time::never());
  for (const Grant& grant : grants_) reset_wake(grant);
  find_ready(now);
}

std::vector<std::string> Ledger::violations() const {
  std::vector<std::string> found;
  const auto expect = [&](bool holds, const std::string& path, std::string_view rule) {
    if (!holds) found.push_back(fmt::format("account {}: {}", path, rule));
  };
  struct Books {
    std::vector<Micro> held;  // by lot
    Micro line = 0;
    std::vector<std::int64_t> milli;
    std::uint64_t holds = 0;
  };
  std::vector<Books> books(accounts_.size());
  for (std::size_t i = 0; i < accounts_.size(); ++i) books[i].held.resize(accounts_[i].purse.lots.size());
  holds_.for_each([&](JobId, const Hold& hold) {
    Books& of = books[hold.account.index()];
    Micro sum = 0;
    for (const HeldPart& part : hold.parts) {
      (part.lot == overrun_lot ? of.line : of.held[part.lot]) += part.micro;
      sum += part.micro;
    }
    const std::uint32_t kind = pools_[hold.pool].kind;
    if (of.milli.size() <= kind) of.milli.resize(kind + 1);
    of.milli[kind] += hold.milli;
    ++of.holds;
    expect(sum == (hold.is_borrowed ? 0 : hold.micro), accounts_[hold.account.index()].path,
           "a hold is not the sum of its parts");
  });
  for (std::size_t i = 0; i < accounts_.size(); ++i) {
    const Account& account = accounts_[i];
    const Purse& purse = account.purse;
    Micro awarded = 0;
    Micro had = 0;
    const auto check_lot = [&](const Lot& lot, Micro held) {
      Micro sum = 0;
      for (const Micro micro : lot.in) sum += micro;
      expect(sum == 0, account.path, "what left one place did not enter another");
      expect(lot[Place::held] == held, account.path, "what is held is not what its jobs hold");
      expect(lot[Place::held] >= 0 && lot[Place::spent] >= 0 && lot[Place::lapsed] >= 0, account.path,
             "a place is below zero");
    };
    for (std::size_t at = 0; at < purse.lots.size(); ++at) {
      const Lot& lot = purse.lots[at];
      check_lot(lot, books[i].held[at]);
      expect(lot[Place::free] >= 0, account.path, "more than a lot has was spent");
      expect(lot.state != LotState::over || lot[Place::free] == 0, account.path, "a lot that is over has credits");
      awarded -= lot[Place::awarded];
      had += lot[Place::free] + lot[Place::held] + lot[Place::spent];
    }
    expect(purse.line[Place::held] == books[i].line, account.path, "what is held is not what its jobs hold");
    expect(account.holds == books[i].holds, account.path, "its holds are not counted right");
    for (std::size_t kind = 0; kind < purse.held_milli.size(); ++kind) {
      const std::int64_t held = kind < books[i].milli.size() ? books[i].milli[kind] : 0;
      expect(purse.held_milli[kind] == held, account.path, "devices are not counted right");
    }
    Micro net = 0;
    Micro lapsed = 0;
    for (const MonthLine& line : account.months) {
      net += line.net();
      lapsed += line.lapsed + line.reduced;
    }
    expect(net == account.balance(), account.path, "its months do not add up to its balance");
    expect(had + purse.line[Place::free] + purse.line[Place::held] + purse.line[Place::spent] == awarded - lapsed,
           account.path, "credits were made or lost other than by award and lapse");
  }
  for (const LoanBook& book : books_) {
    std::int64_t lent = 0;
    std::int64_t borrowed = 0;
    for (const LoanBook::Flow& flow : book.flows()) lent += flow.milli;
    for (const LoanBook::Standing& one : book.standings()) borrowed += one.borrowed();
    expect(lent == borrowed, "loans", "what is lent is not what is borrowed");
  }
  return found;
}

}  // namespace dure::ledger
