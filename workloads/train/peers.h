// The ranks of one training: they meet at rank 0, which adds up what all of them send and tells them the sum.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checkpoint.h"
#include "dure/base/result.h"
#include "signals.h"
#include "socket.h"
#include "tally.h"

namespace dure::train {

struct Place {
  std::uint32_t rank = 0;
  std::uint32_t width = 1;  // how many ranks there are
  Address master;           // where rank 0 listens
};

// What goes with the gradients of a step.
struct Notes {
  Tally tally;
  Wishes wishes = 0;  // of any rank
};

// Every call is made by all ranks in the same order. It fails, with a sentence, if another rank is gone.
class Peers {
 public:
  // Waits until all ranks are there. All must be of one identity. A wish to stop ends the wait with an error.
  static Result<Peers> meet(const Place& place, const Identity& identity, std::chrono::seconds patience);

  // Replaces `values` and `notes` by their sums over all ranks, added in the order of ranks.
  Result<void> sum(std::span<float> values, Notes& notes);

  // Replaces `bytes` by those of rank 0.
  Result<void> spread(std::vector<std::byte>& bytes);

  // Returns when rank 0 has come here.
  Result<void> follow_leader();

  std::uint32_t rank() const { return place_.rank; }
  std::uint32_t width() const { return place_.width; }
  bool is_leader() const { return place_.rank == 0; }

 private:
  explicit Peers(const Place& place) : place_(place), others_(is_leader() ? place.width - 1 : 1) {}

  Result<void> gather(const Identity& identity, Deadline deadline);
  Result<void> join(const Identity& identity, Deadline deadline);
  Result<bool> welcome(Socket socket, const Identity& identity);
  Result<void> greet(const Socket& leader, const Identity& identity, Deadline deadline) const;
  std::string missing_ranks() const;
  tl::unexpected<Error> gone(std::uint32_t rank) const;

  // Rank 0 calls these for each other rank, the others for rank 0.
  Result<void> send_to(std::uint32_t rank, std::span<const std::byte> bytes) const;
  Result<void> receive_from(std::uint32_t rank, std::span<std::byte> bytes) const;
  Result<void> send_to_all(std::span<const std::byte> bytes) const;
  const Socket& socket_of(std::uint32_t rank) const { return others_[is_leader() ? rank - 1 : 0]; }

  Place place_;
  std::vector<Socket> others_;   // of rank 0: rank r at r - 1; of the others: rank 0
  std::vector<float> received_;  // kept from one sum to the next
};

}  // namespace dure::train
