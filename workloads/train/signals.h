// What the outside asks for by signals. A handler is one for the whole process, and so is what it leaves.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dure::train {

// Bits, so that the wishes of several ranks are put together with `|`.
using Wishes = std::uint32_t;
constexpr Wishes wish_checkpoint = 1;
constexpr Wishes wish_stop = 2;  // includes a checkpoint

// From now on `checkpoint_signal` is a wish for a checkpoint, and TERM one to stop.
void listen_to_signals(int checkpoint_signal);

// Returns what was asked for since the last call; a wish to stop stays.
Wishes take_wishes();

bool is_stop_wished();

// `USR1` or `SIGUSR1`; one of those that a process can be sent as a request, or KILL.
std::optional<int> signal_of_name(std::string_view name);

}  // namespace dure::train
