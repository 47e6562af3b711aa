#include "peers.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

namespace dure::train {
namespace {

using std::chrono::steady_clock;

struct Greeting {
  std::array<char, 8> magic{'D', 'U', 'R', 'E', 'P', 'E', 'E', '1'};
  std::uint32_t rank = 0;
  std::uint32_t width = 0;
  Identity identity;
};
static_assert(std::is_trivially_copyable_v<Greeting> && sizeof(Greeting) == 48);

enum class Answer : std::uint8_t { welcome = 1, refused = 2 };

// Others may knock at an open port; they are not waited for longer than this.
constexpr std::chrono::seconds greeting_patience{2};

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

template <class T>
std::span<std::byte> room_of(T& value) {
  return std::as_writable_bytes(std::span(&value, 1));
}

tl::unexpected<Error> stopped() { return fail(Code::failed, "stopped before the training began"); }

}  // namespace

Result<Peers> Peers::meet(const Place& place, const Identity& identity, std::chrono::seconds patience) {
  Peers peers(place);
  if (place.width == 1) return peers;
  const Deadline deadline = steady_clock::now() + patience;
  const auto met = peers.is_leader() ? peers.gather(identity, deadline) : peers.join(identity, deadline);
  if (!met) return tl::unexpected(met.error());
  return peers;
}

Result<void> Peers::gather(const Identity& identity, Deadline deadline) {
  const auto addresses = look_up(place_.master);
  if (!addresses) return tl::unexpected(addresses.error());
  const auto listening = listen_on(**addresses, to_text(place_.master));
  if (!listening) return tl::unexpected(listening.error());
  for (std::uint32_t missing = place_.width - 1; missing > 0;) {
    if (is_stop_wished()) return stopped();
    if (steady_clock::now() > deadline) {
      return fail(Code::unavailable, missing_ranks() + " did not come to rank 0 at " + to_text(place_.master) +
                                         " in time; start " + std::to_string(place_.width) + " ranks together");
    }
    auto socket = accept_soon(*listening);
    if (!socket) continue;
    const auto welcomed = welcome(std::move(*socket), identity);
    if (!welcomed) return tl::unexpected(welcomed.error());
    if (*welcomed) --missing;
  }
  return {};
}

// Returns false for a stranger.
Result<bool> Peers::welcome(Socket socket, const Identity& identity) {
  Greeting greeting;
  const auto magic = greeting.magic;
  if (!socket.receive_by(steady_clock::now() + greeting_patience, room_of(greeting)) || greeting.magic != magic) {
    return false;
  }
  const bool has_place = greeting.width == place_.width && greeting.rank > 0 && greeting.rank < place_.width &&
                         !socket_of(greeting.rank).is_open();
  const bool fits = has_place && greeting.identity == identity;
  const Answer answer = fits ? Answer::welcome : Answer::refused;
  if (!socket.send(bytes_of(answer)) && fits) return false;
  if (!has_place) {
    return fail(Code::invalid_argument, "somebody came as rank " + std::to_string(greeting.rank) + " of " +
                                            std::to_string(greeting.width) + ", which is wrong or taken among " +
                                            std::to_string(place_.width) + "; give each process a RANK of its own");
  }
  if (!fits) {
    return fail(Code::invalid_argument, "rank " + std::to_string(greeting.rank) +
                                            " has other options or data than rank 0; give all ranks the same");
  }
  others_[greeting.rank - 1] = std::move(socket);
  return true;
}

Result<void> Peers::join(const Identity& identity, Deadline deadline) {
  while (!is_stop_wished()) {
    const auto addresses = look_up(place_.master);
    auto socket = addresses ? connect_to(**addresses, deadline) : std::nullopt;
    if (socket) {
      others_.front() = std::move(*socket);
      return greet(others_.front(), identity, deadline);
    }
    if (steady_clock::now() > deadline) {
      if (!addresses) return tl::unexpected(addresses.error());
      return fail(Code::unavailable, "rank 0 does not listen at " + to_text(place_.master) +
                                         "; start it, or correct MASTER_ADDR and MASTER_PORT");
    }
    ::poll(nullptr, 0, 50);
  }
  return stopped();
}

Result<void> Peers::greet(const Socket& leader, const Identity& identity, Deadline deadline) const {
  const Greeting greeting{.rank = place_.rank, .width = place_.width, .identity = identity};
  Answer answer{};
  if (!leader.send(bytes_of(greeting)) || !leader.receive_by(deadline, room_of(answer))) return gone(0);
  if (answer == Answer::welcome) return {};
  return fail(Code::invalid_argument, "rank 0 refused rank " + std::to_string(place_.rank) + "; its output says why");
}

std::string Peers::missing_ranks() const {
  std::string names;
  for (std::uint32_t rank = 1; rank < place_.width; ++rank) {
    if (!socket_of(rank).is_open()) names += (names.empty() ? "rank " : ", rank ") + std::to_string(rank);
  }
  return names;
}

tl::unexpected<Error> Peers::gone(std::uint32_t rank) const {
  return fail(Code::unavailable, "rank " + std::to_string(rank) + " is gone; start all ranks again, and they go on " +
                                     "from the last checkpoint");
}

Result<void> Peers::send_to(std::uint32_t rank, std::span<const std::byte> bytes) const {
  if (!socket_of(rank).send(bytes)) return gone(rank);
  return {};
}

Result<void> Peers::receive_from(std::uint32_t rank, std::span<std::byte> bytes) const {
  if (!socket_of(rank).receive(bytes)) return gone(rank);
  return {};
}

Result<void> Peers::send_to_all(std::span<const std::byte> bytes) const {
  for (std::uint32_t rank = 1; rank < place_.width; ++rank) {
    if (const auto sent = send_to(rank, bytes); !sent) return sent;
  }
  return {};
}

Result<void> Peers::sum(std::span<float> values, Notes& notes) {
  if (!is_leader()) {
    return send_to(0, bytes_of(notes))
        .and_then([&] { return send_to(0, std::as_bytes(values)); })
        .and_then([&] { return receive_from(0, room_of(notes)); })
        .and_then([&] { return receive_from(0, std::as_writable_bytes(values)); });
  }
  received_.resize(values.size());
  for (std::uint32_t rank = 1; rank < place_.width; ++rank) {
    Notes more;
    const auto came = receive_from(rank, room_of(more)).and_then([&] {
      return receive_from(rank, std::as_writable_bytes(std::span(received_)));
    });
    if (!came) return came;
    notes.tally += more.tally;
    notes.wishes |= more.wishes;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += received_[i];
  }
  return send_to_all(bytes_of(notes)).and_then([&] { return send_to_all(std::as_bytes(values)); });
}

Result<void> Peers::spread(std::vector<std::byte>& bytes) {
  std::uint64_t size = bytes.size();
  if (is_leader()) return send_to_all(bytes_of(size)).and_then([&] { return send_to_all(bytes); });
  return receive_from(0, room_of(size)).and_then([&] {
    bytes.resize(size);
    return receive_from(0, bytes);
  });
}

Result<void> Peers::follow_leader() {
  std::byte sign{};
  return is_leader() ? send_to_all(bytes_of(sign)) : receive_from(0, room_of(sign));
}

}  // namespace dure::train
