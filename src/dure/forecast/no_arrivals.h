// A site to which nobody comes.
#pragma once

#include <cstdint>
#include <optional>

#include "dure/world/job_source.h"

namespace dure::forecast {

class NoArrivals final : public JobSource {
 public:
  std::optional<SourcedJob> next() override { return std::nullopt; }
  std::uint64_t total() const override { return 0; }
};

}  // namespace dure::forecast
