// A job as it is submitted, all names resolved to ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/work/shape.h"

namespace dure {

struct Checkpoint {
  Duration every;                // > 0
  Duration grace = seconds(60);  // >= 0: what the job gets between the signal and the end
};

struct JobSpec {
  std::string name;
  TenantId tenant;
  UserId user;
  Shape shape;
  Duration time_limit;        // > 0
  std::int32_t priority = 0;  // within its tenant; higher first
  std::optional<Checkpoint> checkpoint;
};

template <class Archive>
void fields(Archive& archive, Like<Checkpoint> auto& checkpoint) {
  archive(checkpoint.every);
  archive(checkpoint.grace);
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
}

}  // namespace dure
