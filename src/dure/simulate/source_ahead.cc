#include "dure/simulate/source_ahead.h"

#include <utility>

namespace dure::simulate {
namespace {

constexpr std::size_t jobs_in_a_batch = 1024;
constexpr std::size_t batches_ahead = 4;

}  // namespace

SourceAhead::SourceAhead(std::unique_ptr<JobSource> source)
    : source_(std::move(source)), total_(source_->total()), drawn_(batches_ahead), thread_([this] { draw(); }) {}

SourceAhead::~SourceAhead() {
  drawn_.close();
  thread_.join();
}

void SourceAhead::draw() {
  std::vector<SourcedJob> batch;
  while (std::optional<SourcedJob> job = source_->next()) {
    batch.push_back(std::move(*job));
    if (batch.size() == jobs_in_a_batch && !drawn_.put(std::exchange(batch, {}))) return;
  }
  drawn_.put(std::move(batch));
  drawn_.close();
}

std::optional<SourcedJob> SourceAhead::next() {
  if (next_ == batch_.size()) {
    batch_ = drawn_.take().value_or(std::vector<SourcedJob>{});
    next_ = 0;
    if (batch_.empty()) return std::nullopt;
  }
  return std::move(batch_[next_++]);
}

}  // namespace dure::simulate
