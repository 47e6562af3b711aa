// Watches a simulation for the invariants (--verify).
#pragma once

#include <functional>
#include <memory>

#include "dure/core/invariants.h"
#include "dure/policy/policy.h"
#include "dure/runtime/ports.h"

namespace dure::simulate {

// Checks what each turn touched, and every so many turns everything: the whole state, and that a policy rebuilt from
// the state alone has nothing to add to what the running one just planned.
class Verifier final : public Observer {
 public:
  using MakePolicy = std::function<std::unique_ptr<Policy>()>;

  explicit Verifier(MakePolicy make_policy) : make_policy_(std::move(make_policy)) {}

  void on_fact(const State& state, const Fact& fact) override { invariants_.observe(state, fact); }
  void on_turn(const State& state, bool is_settled) override;
  // Everything, once more at the end.
  void check_all(const State& state);

  const Invariants& invariants() const { return invariants_; }
  std::uint64_t differing_plans() const { return differing_plans_; }
  std::uint64_t compared_plans() const { return compared_plans_; }

 private:
  MakePolicy make_policy_;
  Invariants invariants_;
  std::uint64_t turns_ = 0;
  std::uint64_t compared_plans_ = 0;
  std::uint64_t differing_plans_ = 0;
};

}  // namespace dure::simulate
