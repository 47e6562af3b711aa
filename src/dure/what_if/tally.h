// What came to pass, by tenant, in figures that can be compared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dure/runtime/ports.h"
#include "dure/what_if/missed_guarantees.h"

namespace dure::what_if {

// The first matter most. Hours are of GPUs, of CPUs in a fleet without any; waits are in seconds.
enum class Figure : std::uint8_t {
  missed_guarantees,  // jobs that were owed room for longer than the pool promises
  evictions,
  reclaimed,      // of these: for others' guarantees
  lost_hours,     // work that evictions undid
  still_waiting,  // at the end, and never started
  median_wait,    // of those that started for the first time
  late_wait,      // the 90th percentile
  started,        // for the first time
  held_hours,
  utilisation,  // the part of all there is, 0 to 1
};
constexpr std::size_t figure_count = 10;
// nullopt: nothing was there of which to tell it.
using Figures = std::array<std::optional<double>, figure_count>;
// By path of the leaf; "" is all of them together.
using TenantFigures = std::map<std::string, Figures>;

inline std::optional<double>& of(Figures& figures, Figure figure) { return figures[static_cast<std::size_t>(figure)]; }
inline const std::optional<double>& of(const Figures& figures, Figure figure) {
  return figures[static_cast<std::size_t>(figure)];
}

// One thread.
class Tally final : public Observer {
 public:
  // Of what happens from `from` on; `state` is as it is then.
  Tally(const State& state, Time from);

  void on_fact(const State& state, const Fact& fact) override;
  void on_turn(const State& state, bool is_settled) override;

  // Of all until `until`, not before the last fact. Once. O(jobs log jobs).
  TenantFigures close(const State& state, Time until);

 private:
  struct Account {
    std::vector<double> waits;
    double held = 0;  // milli x ns, as the next
    double lost = 0;
    std::uint64_t evictions = 0;
    std::uint64_t reclaimed = 0;
    std::uint64_t waiting = 0;
  };
  struct Holding {
    std::string tenant;
    std::int64_t milli = 0;
    Time since;
  };

  static void add(Account& sum, const Account& account);
  void note_fleet(const State& state, Time now);
  std::int64_t size_of(const State& state, const Job& job) const;
  void take(const State& state, const Job& job, Time now);
  void give_back(JobId job, Time now);
  void note_end(const State& state, const Ended& ended);
  Figures figures_of(Account& account, std::uint64_t missed) const;

  bool counts_gpus_ = false;
  std::int64_t capacity_milli_ = 0;
  Time capacity_since_;
  double capacity_ = 0;  // milli x ns
  std::map<std::string, Account> accounts_;
  std::unordered_map<JobId, Holding> holdings_;
  std::unordered_set<JobId> have_run_;
  MissedGuarantees missed_;
};

}  // namespace dure::what_if
