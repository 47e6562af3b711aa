// A job as it is submitted, all names resolved to ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/work/dependency.h"
#include "dure/work/job_text.h"
#include "dure/work/shape.h"

namespace dure {

constexpr Duration longest_grace = hours(1);

struct Checkpoint {
  Duration every;                // > 0
  Duration grace = seconds(60);  // 0 to longest_grace: what the job gets between the signal and the end
};

// One of the jobs that were submitted together as an array.
struct ArrayMember {
  JobId array;  // the first of them
  std::uint32_t index = 0;

  bool operator==(const ArrayMember&) const = default;
};

struct JobSpec {
  std::string name;
  TenantId tenant;
  UserId user;
  Shape shape;
  Duration time_limit;        // > 0
  std::int32_t priority = 0;  // within its tenant; higher first
  std::optional<Checkpoint> checkpoint;
  BlobId text;                    // what it runs
  std::vector<Dependency> after;  // on jobs that have not ended
  std::optional<ArrayMember> array;
  bool is_held = false;          // until released
  bool requeues = true;          // starts again after an eviction or the loss of a node; else that is its end
  std::optional<Time> start_by;  // of no use later: if it has never run by then, it ends
  bool hot_swap = false;  // a failed node may be replaced by another under the rest of the job; only if it requeues
};

template <class Archive>
void fields(Archive& archive, Like<Checkpoint> auto& checkpoint) {
  archive(checkpoint.every);
  archive(checkpoint.grace);
}

template <class Archive>
void fields(Archive& archive, Like<ArrayMember> auto& member) {
  archive(member.array);
  archive(member.index);
}

template <class Archive>
void fields(Archive& archive, Like<JobSpec> auto& job) {
  archive(job.name);
  archive(job.tenant);
  archive(job.user);
  archive(job.shape);
  archive(job.time_limit);
  archive(job.priority);
  archive(job.checkpoint);
  archive(job.text);
  archive(job.after);
  archive(job.array);
  archive(job.is_held);
  archive(job.requeues);
  if (archive.layout < Layout::placing) return;
  archive(job.start_by);
  archive(job.hot_swap);
}

}  // namespace dure
