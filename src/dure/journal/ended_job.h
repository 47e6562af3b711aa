// What is kept of a job after it has ended and left the state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/work/job.h"
#include "dure/work/job_spec.h"
#include "dure/work/job_text.h"

namespace dure {

// Names in place of ids, so that a row says all by itself.
struct EndedJob {
  JobId id;
  std::string tenant;  // path, as in `lab/vision`
  std::string user;
  std::string name;
  std::string pool;  // `site/pool`; empty if it never had one
  Outcome outcome = Outcome::completed;
  std::int32_t exit_code = 0;
  Time submitted;
  std::optional<Time> started;  // the last time; nullopt if it never did
  Time ended;
  std::uint32_t tasks = 0;
  std::int64_t amount_milli = 0;  // what it held, in the pool's unit
  std::uint32_t evictions = 0;
  BlobId text;
  std::string where;  // where it ran last, for people; empty if nowhere
  std::optional<ArrayMember> array;
  std::string reason;  // of a failure, for its user

  bool operator==(const EndedJob&) const = default;
};

template <class Archive>
void fields(Archive& archive, Like<EndedJob> auto& job) {
  archive(job.id);
  archive(job.tenant);
  archive(job.user);
  archive(job.name);
  archive(job.pool);
  archive(job.outcome);
  archive(job.exit_code);
  archive(job.submitted);
  archive(job.started);
  archive(job.ended);
  archive(job.tasks);
  archive(job.amount_milli);
  archive(job.evictions);
  archive(job.text);
  archive(job.where);
  archive(job.array);
  archive(job.reason);
}

}  // namespace dure
