// What was refused, on its way into the audit log.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dure/journal/audit.h"

namespace dure::server {

// Any thread notes; the loop's thread takes. In a minute so many refusals of one token are kept word for word, and so
// many in all; the rest are counted, for each token, and told by their number when the minute is over. Whoever floods
// the log hides nobody else's refusals, unless they have a hundred tokens, and fills no disk.
class DoorBook {
 public:
  using Clock = std::chrono::steady_clock;
  struct Most {
    std::uint32_t of_one = 10;
    std::uint32_t in_all = 100;
    std::uint32_t counted = 100;  // tokens with a count of their own
  };

  DoorBook() : DoorBook(Most{}) {}
  explicit DoorBook(Most most) : most_(most) {}

  // False if it was only counted.
  bool note(AuditEntry entry, Clock::time_point now);
  // In order; those that were counted once their minute is over, with the time `at`.
  std::vector<AuditEntry> take(Time at, Clock::time_point now);
  // When there is a count to be told; nullopt if there is none.
  std::optional<Clock::time_point> due() const;

 private:
  struct Count {
    std::string actor;
    std::uint64_t kept = 0;
    std::uint64_t more = 0;
  };
  void end_minute(Time at);

  Most most_;
  mutable std::mutex mutex_;  // guards the rest
  Clock::time_point minute_began_{};
  std::uint64_t kept_ = 0;
  std::uint64_t more_ = 0;               // of tokens without a count of their own
  std::map<std::string, Count> counts_;  // by token; "": requests without one
  std::vector<AuditEntry> entries_;
};

}  // namespace dure::server
