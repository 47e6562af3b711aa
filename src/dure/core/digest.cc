// The digest: the chain of all facts, then the state they led to, everything in the order of ids.
#include "dure/base/assert.h"
#include "dure/base/hash.h"
#include "dure/core/state.h"

namespace dure {
namespace {

void write(ByteWriter& writer, const Job& job, const Shape& shape) {
  writer(job.id);
  writer(job.tenant);
  writer(job.user);
  writer(shape);
  writer(job.state);
  writer(job.stop_ordered.has_value());
  writer(job.is_user_held);
  writer(job.is_hopeless);
  writer(job.requeues);
  writer(job.waits_for);
  writer(job.priority);
  writer(job.evictions);
  writer(job.failures);
  writer(job.not_before);
  writer(job.last_eviction);
  writer(job.submitted);
  writer(job.ordered);
  writer(job.started);
  writer(job.resumed);
  writer(job.time_limit);
  writer(job.estimate);
  writer(job.checkpoint);
  writer(job.array);
  writer(job.start_by);
  writer(job.hot_swap);
  writer(job.swaps);
  writer(job.was_running);
  writer(job.text);
  writer(job.name);
  writer(job.allocation);
  if (job.holds_devices()) writer(job.pool);
}

void write(ByteWriter& writer, const Reservation& reservation) { writer(reservation); }

void write(ByteWriter& writer, JobId job, const std::vector<Dependency>& dependents) {
  writer(job);
  writer(dependents);
}

void write(ByteWriter& writer, JobId array, const ArrayProgress& progress) {
  writer(array);
  writer(progress);
}

void write(ByteWriter& writer, NodeId node, const NodeFaults& faults) {
  writer(node);
  writer(faults);
}

void write(ByteWriter& writer, const Window& window) { writer(window); }

void write(ByteWriter& writer, const FairEviction& eviction) { writer(eviction); }

void write(ByteWriter& writer, const UsageAccount& account) { writer(account); }

void write(ByteWriter& writer, const UserUsage::Key& key, const UsageAccount& account) {
  writer(key);
  writer(account);
}

}  // namespace

std::uint64_t State::chain() const {
  DURE_ASSERT(is_chained_);
  return chain_;
}

std::uint64_t State::digest() const {
  std::uint64_t hash = chain();
  ByteWriter writer;
  const auto add = [&](const auto&... parts) {
    writer.clear();
    write(writer, parts...);
    hash = chain_hash(hash, writer.bytes());
  };
  for (JobId id : jobs_.sorted_ids()) add(jobs_[id], shape_of(jobs_[id]));
  for (const auto& [job, reservation] : reservations_) add(reservation);
  for (const auto& [job, dependents] : dependents_) add(job, dependents);
  for (const auto& [array, progress] : arrays_) add(array, progress);
  for (const auto& [node, faults] : faults_) add(node, faults);
  for (const auto& [id, window] : windows_) add(window);
  for (const FairEviction& eviction : fair_evictions_) add(eviction);
  for (const UsageAccount& account : usage_) add(account);
  for (const auto& [key, account] : user_usage_.all()) add(key, account);
  if (ledger_.is_open()) {
    writer.clear();
    ledger_.write(writer);
    hash = chain_hash(hash, writer.bytes());
  }
  writer.clear();
  writer(now_);
  writer(fact_count_);
  writer(next_window_);
  writer(usage_clock_.epoch());
  for (const RecentRuns& recent : recent_runs_) writer(recent);
  for (const NodeHealth& node : health_) {
    writer(static_cast<std::uint8_t>((node.lost ? 1 : 0) | (node.drained ? 2 : 0) | (node.is_in_quarantine ? 4 : 0) |
                                     (node.sick != 0 ? 8 : 0)));
    if (node.sick != 0) writer(node.sick);
  }
  return chain_hash(hash, writer.bytes());
}

}  // namespace dure
