// Makes a snapshot whenever enough facts have come since the last, so that no restart replays much more than that.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <thread>

#include "dure/base/result.h"

namespace dure::server {

// A thread of low priority that reads the last snapshot and the facts after it back from the disk and writes the next:
// the loop's state is neither copied nor held up. Takes the memory of a second state while it works.
class SnapshotMaker {
 public:
  // `last`: the sequence from which this start was replayed.
  SnapshotMaker(std::filesystem::path folder, std::uint64_t every, std::uint64_t last);
  // Gives up what it is at.
  ~SnapshotMaker();
  SnapshotMaker(const SnapshotMaker&) = delete;
  SnapshotMaker& operator=(const SnapshotMaker&) = delete;

  // Facts up to `sequence` are durable. O(1).
  void hear(std::uint64_t sequence);

 private:
  void run();
  Result<std::uint64_t> make();

  std::filesystem::path folder_;
  std::uint64_t every_;
  std::atomic<bool> is_closed_{false};
  std::mutex mutex_;  // guards the next two
  std::condition_variable changed_;
  std::uint64_t wanted_ = 0;
  std::uint64_t next_;  // from which sequence on the next is due; the loop's alone
  std::thread thread_;
};

}  // namespace dure::server
