#include "dure/cli/interrupts.h"

#include <atomic>

namespace dure::cli {
namespace {

// Written by a signal handler, so it cannot be a member.
std::atomic<bool> pending{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void note(int) { pending.store(true); }

}  // namespace

Interrupts::Interrupts() {
  pending.store(false);
  struct sigaction action = {};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &former_int_);
  sigaction(SIGTERM, &action, &former_term_);
}

Interrupts::~Interrupts() {
  sigaction(SIGINT, &former_int_, nullptr);
  sigaction(SIGTERM, &former_term_, nullptr);
}

bool Interrupts::is_pending() { return pending.load(); }
bool Interrupts::take() { return pending.exchange(false); }

}  // namespace dure::cli
