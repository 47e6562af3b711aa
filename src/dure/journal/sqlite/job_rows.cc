#include "dure/journal/sqlite/job_rows.h"

#include <fmt/format.h>

#include <limits>

#include "dure/base/hash.h"

namespace dure::sqlite {
namespace {

std::uint64_t checksum(const EndedJob& job, ByteWriter& scratch) {
  scratch.clear();
  scratch(job);
  return chain_hash(0, scratch.bytes());
}

// Format 1 knew all but the two last members, which take 5 bytes where there is nothing in them.
std::uint64_t checksum_of_1(const EndedJob& job, ByteWriter& scratch) {
  constexpr std::size_t unknown_bytes = 5;
  scratch.clear();
  scratch(job);
  return chain_hash(0, scratch.bytes().first(scratch.bytes().size() - unknown_bytes));
}

BlobId blob_of(std::span<const std::byte> key) {
  BlobId id;
  if (key.size() != 16) return id;
  std::memcpy(&id.high, key.data(), 8);
  std::memcpy(&id.low, key.data() + 8, 8);
  return id;
}

Result<EndedJob> read(const Statement& row, std::uint64_t (*checksum_of)(const EndedJob&, ByteWriter&)) {
  const auto integer32 = [&](int column) { return static_cast<std::int32_t>(row.integer(column)); };
  const auto number32 = [&](int column) { return static_cast<std::uint32_t>(row.integer(column)); };
  EndedJob job{.id = JobId{number32(0)},
               .tenant = row.text(1),
               .user = row.text(2),
               .name = row.text(3),
               .pool = row.text(4),
               .exit_code = integer32(6),
               .submitted = Time{row.integer(7)},
               .ended = Time{row.integer(9)},
               .tasks = number32(10),
               .amount_milli = row.integer(11),
               .evictions = number32(12),
               .text = blob_of(row.bytes(13)),
               .where = row.text(14),
               .reason = row.text(18)};
  if (!row.is_null(16)) job.array = ArrayMember{JobId{number32(16)}, number32(17)};
  if (!row.is_null(8)) job.started = Time{row.integer(8)};
  const std::int64_t outcome = row.integer(5);
  const bool is_outcome = outcome >= 0 && outcome <= static_cast<std::int64_t>(last_of(Outcome{}));
  if (is_outcome) job.outcome = static_cast<Outcome>(outcome);
  ByteWriter scratch;
  if (!is_outcome || checksum_of(job, scratch) != row.number(15)) {
    return fail(Code::failed, fmt::format("the row of the ended job {} is damaged; restore the journal from a backup",
                                          row.integer(0)));
  }
  return job;
}

}  // namespace

Result<void> put_job(Statement& put, const EndedJob& job, ByteWriter& scratch) {
  const BlobKey text(job.text);
  const auto run = [&](const auto& started, const auto& array, const auto& index) {
    return put.run(job.id.value, job.tenant, job.user, job.name, job.pool, static_cast<std::int64_t>(job.outcome),
                   job.exit_code, job.submitted.ns, started, job.ended.ns, job.tasks, job.amount_milli, job.evictions,
                   text.bytes(), job.where, checksum(job, scratch), array, index, job.reason);
  };
  const auto run_in = [&](const auto& array, const auto& index) {
    return job.started ? run(job.started->ns, array, index) : run(nullptr, array, index);
  };
  return job.array ? run_in(job.array->array.value, job.array->index) : run_in(nullptr, nullptr);
}

Result<EndedJob> read_job(const Statement& row) { return read(row, checksum); }
Result<EndedJob> read_job_of_1(const Statement& row) { return read(row, checksum_of_1); }

}  // namespace dure::sqlite
