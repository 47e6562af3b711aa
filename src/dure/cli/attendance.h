// Waiting for a job that was started here, as if it ran here: Ctrl-C is for the job.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"
#include "dure/cli/log_reader.h"
#include "dure/cli/server_address.h"

namespace dure::cli {

inline constexpr int interrupted_code = 130;  // as of a shell

// Requires that Interrupts live as long.
class Attendance {
 public:
  // `address` and `console` must outlive it.
  Attendance(std::uint64_t job, const ServerAddress& address, const Console& console)
      : job_(job), address_(address), console_(console) {}

  std::uint64_t job() const { return job_; }
  const Console& console() const { return console_; }

  // Returns what `wait` does, whose connection ends at Ctrl-C. The first one cancels the job, and `wait` is called
  // again; at the second one, or if it cannot be cancelled, nothing is returned.
  using Wait = std::function<Result<Received>(Connection&)>;
  Result<std::optional<Received>> wait(const Wait& wait);

  // Passes on what task 0 has written and writes, to the end of the job. Returns its exit code, or 130.
  Result<int> follow(const OnText& on_text, const std::function<void(const Received&)>& on_end);
  // Waits for its end alone, and returns the same.
  Result<int> wait_for_end();

  // Returns false if it cannot be asked for any more, as when it has ended meanwhile.
  bool cancel();
  bool is_cancelled() const { return is_cancelled_; }

 private:
  Result<int> code_of(const Result<std::optional<Received>>& ended) const;

  std::uint64_t job_;
  const ServerAddress& address_;
  const Console& console_;
  bool is_cancelled_ = false;
};

}  // namespace dure::cli
