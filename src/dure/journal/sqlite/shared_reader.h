// What the journal keeps, for the threads of a server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dure/journal/sqlite/journal_reader.h"

namespace dure {

// A JournalReader that any thread may ask; one look-up at a time.
class SharedReader {
 public:
  explicit SharedReader(JournalReader reader) : reader_(std::move(reader)) {}

  Result<std::optional<EndedJob>> ended(JobId id) {
    const std::lock_guard lock(mutex_);
    return reader_.ended(id);
  }
  Result<std::optional<JobText>> text(BlobId id) {
    const std::lock_guard lock(mutex_);
    return reader_.text(id);
  }
  Result<std::optional<KeptSubmission>> submission(const std::string& key) {
    const std::lock_guard lock(mutex_);
    return reader_.submission(key);
  }
  Result<std::vector<AuditRow>> audit(std::uint64_t after, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    return reader_.audit(after, limit);
  }

 private:
  std::mutex mutex_;  // guards the next
  JournalReader reader_;
};

}  // namespace dure
