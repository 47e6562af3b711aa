// Jobs drawn on a thread of their own, some time before the simulated world asks for them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "dure/simulate/channel.h"
#include "dure/world/job_source.h"

namespace dure::simulate {

// The same jobs in the same order as the source has, of which some thousands are held ready. The source must not look
// at anything that somebody else changes. To be used by one thread.
class SourceAhead final : public JobSource {
 public:
  explicit SourceAhead(std::unique_ptr<JobSource> source);
  ~SourceAhead() override;
  SourceAhead(const SourceAhead&) = delete;
  SourceAhead& operator=(const SourceAhead&) = delete;

  std::optional<SourcedJob> next() override;
  std::uint64_t total() const override { return total_; }

 private:
  void draw();

  std::unique_ptr<JobSource> source_;  // the thread's, once it runs
  std::uint64_t total_;
  Channel<std::vector<SourcedJob>> drawn_;
  std::vector<SourcedJob> batch_;
  std::size_t next_ = 0;  // of the batch
  std::thread thread_;
};

}  // namespace dure::simulate
