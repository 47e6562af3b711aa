#include "signals.h"

#include <array>
#include <atomic>
#include <csignal>
#include <utility>

namespace dure::train {
namespace {

// A signal handler takes no argument of ours.
std::atomic<Wishes> wishes{0};
static_assert(std::atomic<Wishes>::is_always_lock_free, "a signal handler may use it");

void on_checkpoint(int) { wishes |= wish_checkpoint; }
void on_stop(int) { wishes |= wish_stop; }

void handle(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void listen_to_signals(int checkpoint_signal) {
  handle(checkpoint_signal, on_checkpoint);
  handle(SIGTERM, on_stop);
}

Wishes take_wishes() { return wishes.fetch_and(~wish_checkpoint); }

bool is_stop_wished() { return (wishes & wish_stop) != 0; }

std::optional<int> signal_of_name(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, int>, 7> known{{{"USR1", SIGUSR1},
                                                                          {"USR2", SIGUSR2},
                                                                          {"TERM", SIGTERM},
                                                                          {"INT", SIGINT},
                                                                          {"HUP", SIGHUP},
                                                                          {"CONT", SIGCONT},
                                                                          {"KILL", SIGKILL}}};
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (const auto& [candidate, number] : known) {
    if (candidate == name) return number;
  }
  return std::nullopt;
}

}  // namespace dure::train
