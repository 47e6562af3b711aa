// Rows of the tables `job` and `blob`.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "dure/base/bytes.h"
#include "dure/base/result.h"
#include "dure/journal/ended_job.h"
#include "dure/journal/sqlite/database.h"
#include "dure/work/job_text.h"

namespace dure::sqlite {

// A blob's id as the 16 bytes of a column.
class BlobKey {
 public:
  explicit BlobKey(BlobId id) {
    std::memcpy(bytes_.data(), &id.high, 8);
    std::memcpy(bytes_.data() + 8, &id.low, 8);
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::array<std::byte, 16> bytes_;
};

inline constexpr std::string_view put_job_sql =
    "INSERT OR REPLACE INTO job VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
    "?18, "
    "?19)";

// `scratch` is for the checksum.
Result<void> put_job(Statement& put, const EndedJob& job, ByteWriter& scratch);
// The job in the current row. An error if it is not what was put.
Result<EndedJob> read_job(const Statement& row);
// The same of a row that format 1 wrote: of no array and without a reason.
Result<EndedJob> read_job_of_1(const Statement& row);

}  // namespace dure::sqlite
