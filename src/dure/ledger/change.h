// What happens to credits: rates, programmes, calls, grants. Facts of the core carry these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/ledger/day_hours.h"
#include "dure/ledger/micro.h"

namespace dure::ledger {

// What an hour of a device of a kind costs. A kind is a GPU model of the fleet; `cpu` for pools without GPUs.
struct Rate {
  std::string kind;
  Micro per_hour = 0;
  bool operator==(const Rate&) const = default;
};

// What happens when a job would cost more than is left.
enum class Overrun : std::uint8_t {
  refuse,  // it waits
  finish,  // it starts while anything is left, and finishes; the next one waits
  borrow,  // it starts, costs nothing, and gives way to whoever is guaranteed anything
  debt,    // it starts as long as no more than so much is owed
};
constexpr Overrun last_of(Overrun) { return Overrun::debt; }

// Use it or lose it.
struct UseRule {
  std::uint32_t at_percent = 50;     // of the term: when use is looked at; 1..99
  std::uint32_t least_percent = 40;  // of what would be used by then at an even pace; 1..100
  Duration second_notice = days(7);  // after the first
  Duration appeal = days(14);        // after the first: until then an appeal may be filed, then the grant is reduced
  bool operator==(const UseRule&) const = default;
};

// What a programme's jobs share with others.
enum class Isolation : std::uint8_t {
  shared,  // anything
  gpu,     // no GPU
  node,    // no node
};
constexpr Isolation last_of(Isolation) { return Isolation::node; }

struct Programme {
  std::string name;
  std::string tenant;  // the path: who is below it has nothing but what is granted
  Overrun overrun = Overrun::refuse;
  Micro debt = 0;                 // at most owed, where `overrun` is debt
  bool is_emergency = false;      // what it borrows counts as that
  std::vector<UseRule> use;       // by at_percent, ascending
  std::optional<DayHours> hours;  // in which its jobs may run, by their time limits
  Isolation isolation = Isolation::shared;
  bool bursts = false;  // cards that are awarded do not bound how many are used at once
  bool operator==(const Programme&) const = default;
};

// A part of a grant with dates of its own.
struct LotSpec {
  Time from;
  Time to;  // what is left then lapses
  Micro micro = 0;
  bool operator==(const LotSpec&) const = default;
};

// Cards of a kind that would do.
struct Ask {
  std::string kind;
  std::int64_t cards = 0;
  bool operator==(const Ask&) const = default;
};

// A table: one kind of change a line. `by` is who did it, `why` what they said.
// clang-format off

// From that time on; whoever runs keeps the rate of the start. `zone`: how far the clock by which months end is ahead
// of UTC.
struct RatesDeclared { Time from; Duration zone; std::vector<Rate> rates; };
struct ProgrammeDeclared { Programme programme; UserId by; };

struct CallOpened { CallId call; std::string name; std::string programme; Time from; std::string text; UserId by; };
struct ApplicationFiled {
  ApplicationId application; CallId call; std::string name; std::string tenant; std::vector<Ask> asks; std::int64_t months = 1;
  std::string text; UserId by;
};
struct ApplicationReviewed { ApplicationId application; std::int64_t score = 0; std::string why; UserId by; };  // in hundredths
struct Refused {
  ApplicationId application;
  std::string why;
  std::optional<std::vector<Ask>> asks = {};  // those that might be awarded later; unset: all that it has
};
// Who gets nothing waits in this order for what is taken back from others, unless none of its asks may be awarded.
struct CallDecided { CallId call; std::vector<ApplicationId> awarded; std::vector<Refused> waiting; std::string why; UserId by; };

struct GrantAwarded {
  GrantId grant; std::string programme; std::string tenant; std::vector<std::string> kinds;  // none: any
  std::int64_t cards = 0;                    // at once; 0: no bound
  std::vector<LotSpec> lots; std::optional<ApplicationId> application; std::string why;
  std::optional<UserId> by;                  // none: the rules
};
struct LotOpened { GrantId grant; std::uint32_t lot = 0; };
struct LotLapsed { GrantId grant; std::uint32_t lot = 0; };
// Use was looked at: it is enough, or this is the notice of that number.
struct UseChecked { GrantId grant; std::uint32_t rule = 0; Micro used = 0; Micro wanted = 0; std::uint8_t notice = 0; };
struct AppealFiled { GrantId grant; std::string why; UserId by; };
struct AppealDecided { GrantId grant; bool is_granted = false; std::string why; UserId by; };
// Of what is free, `used` of `due` parts stay; of its cards as many.
struct GrantReduced { GrantId grant; std::uint32_t rule = 0; Micro used = 0; Micro due = 0; };
struct GrantClosed { GrantId grant; std::string why; UserId by; };  // what is free lapses; what runs goes on
struct GrantSettled { GrantId grant; };                             // nothing of it is held any more
// Of what was spent, given back.
struct RatesBegun {};  // the next table holds from now on
struct CreditsRefunded { GrantId grant; Micro micro = 0; std::string why; UserId by; };

// New kinds go at the end: their places are the wire format.
using Change = std::variant<RatesDeclared, ProgrammeDeclared, CallOpened, ApplicationFiled, ApplicationReviewed, CallDecided,
                            GrantAwarded, LotOpened, LotLapsed, UseChecked, AppealFiled, AppealDecided, GrantReduced,
                            GrantClosed, GrantSettled, CreditsRefunded, RatesBegun>;

template <class A> void fields(A& a, Like<Rate> auto& c) { a(c.kind), a(c.per_hour); }
template <class A> void fields(A& a, Like<UseRule> auto& c) { a(c.at_percent), a(c.least_percent), a(c.second_notice), a(c.appeal); }
template <class A> void fields(A& a, Like<Programme> auto& c) {
  a(c.name), a(c.tenant), a(c.overrun), a(c.debt), a(c.is_emergency), a(c.use), a(c.hours), a(c.isolation), a(c.bursts);
}
template <class A> void fields(A& a, Like<LotSpec> auto& c) { a(c.from), a(c.to), a(c.micro); }
template <class A> void fields(A& a, Like<Ask> auto& c) { a(c.kind), a(c.cards); }
template <class A> void fields(A& a, Like<RatesDeclared> auto& c) { a(c.from), a(c.zone), a(c.rates); }
template <class A> void fields(A& a, Like<ProgrammeDeclared> auto& c) { a(c.programme), a(c.by); }
template <class A> void fields(A& a, Like<CallOpened> auto& c) { a(c.call), a(c.name), a(c.programme), a(c.from), a(c.text), a(c.by); }
template <class A> void fields(A& a, Like<ApplicationFiled> auto& c) {
  a(c.application), a(c.call), a(c.name), a(c.tenant), a(c.asks), a(c.months), a(c.text), a(c.by);
}
template <class A> void fields(A& a, Like<ApplicationReviewed> auto& c) { a(c.application), a(c.score), a(c.why), a(c.by); }
template <class A>
void fields(A& a, Like<Refused> auto& c) {
  a(c.application), a(c.why), a(c.asks);
}
template <class A> void fields(A& a, Like<CallDecided> auto& c) { a(c.call), a(c.awarded), a(c.waiting), a(c.why), a(c.by); }
template <class A> void fields(A& a, Like<GrantAwarded> auto& c) {
  a(c.grant), a(c.programme), a(c.tenant), a(c.kinds), a(c.cards), a(c.lots), a(c.application), a(c.why), a(c.by);
}
template <class A> void fields(A& a, Like<LotOpened> auto& c) { a(c.grant), a(c.lot); }
template <class A> void fields(A& a, Like<LotLapsed> auto& c) { a(c.grant), a(c.lot); }
template <class A> void fields(A& a, Like<UseChecked> auto& c) { a(c.grant), a(c.rule), a(c.used), a(c.wanted), a(c.notice); }
template <class A> void fields(A& a, Like<AppealFiled> auto& c) { a(c.grant), a(c.why), a(c.by); }
template <class A> void fields(A& a, Like<AppealDecided> auto& c) { a(c.grant), a(c.is_granted), a(c.why), a(c.by); }
template <class A> void fields(A& a, Like<GrantReduced> auto& c) { a(c.grant), a(c.rule), a(c.used), a(c.due); }
template <class A> void fields(A& a, Like<GrantClosed> auto& c) { a(c.grant), a(c.why), a(c.by); }
template <class A> void fields(A& a, Like<GrantSettled> auto& c) { a(c.grant); }
template <class A> void fields(A&, Like<RatesBegun> auto&) {}
template <class A> void fields(A& a, Like<CreditsRefunded> auto& c) { a(c.grant), a(c.micro), a(c.why), a(c.by); }

// clang-format on

// Whether the rules do it by themselves, when it is due.
bool is_by_rule(const Change& change);
// `GrantAwarded`, ...
std::string_view name_of(const Change& change);

}  // namespace dure::ledger
