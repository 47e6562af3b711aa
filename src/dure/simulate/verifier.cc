#include "dure/simulate/verifier.h"

#include <vector>

namespace dure::simulate {
namespace {

constexpr std::uint64_t turns_between_full_checks = 10'000;

}  // namespace

void Verifier::on_turn(const State& state, bool is_settled) {
  invariants_.check_turn(state);
  if (++turns_ < turns_between_full_checks || !is_settled) return;
  turns_ = 0;
  check_all(state);
}

void Verifier::check_all(const State& state) {
  invariants_.check_all(state);
  const std::unique_ptr<Policy> fresh = make_policy_();
  fresh->rebuild(state);
  std::vector<Decision> overlooked;
  fresh->plan(state, state.now(), overlooked);
  ++compared_plans_;
  if (!overlooked.empty()) ++differing_plans_;
}

}  // namespace dure::simulate
