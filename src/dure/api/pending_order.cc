#include "dure/api/pending_order.h"

#include <algorithm>

namespace dure::api {
namespace {

// Sums what `counted(entry)` says of each count of the pages in [begin, end).
template <class Counted>
std::uint64_t sum_of_pages(const View& view, std::size_t begin, std::size_t end, Counted&& counted) {
  std::uint64_t sum = 0;
  for (std::size_t page = begin; page < std::min(end, view.pending_on.id_bound()); ++page) {
    if (view.pending_on.is_empty_page(page)) {
      page += rows_per_page - 1 - page % rows_per_page;
      continue;
    }
    const PendingCounts* counts = view.pending_on.find(page);
    if (counts != nullptr) sum += counted(*counts);
  }
  return sum;
}

// Counts the pending jobs of the page of `row` for which `counts(other)`.
template <class Counts>
std::uint64_t count_on_page(const View& view, const JobRow& row, Counts&& counts) {
  const std::size_t first = row.job.id.index() / rows_per_page * rows_per_page;
  std::uint64_t sum = 0;
  for (std::size_t id = first; id < first + rows_per_page; ++id) {
    const JobRow* other = view.jobs.find(id);
    if (other != nullptr && other->job.state == JobState::pending && counts(other->job)) ++sum;
  }
  return sum;
}

// Pending jobs of the tenant with at least this priority.
std::uint64_t jobs_from(const PendingCounts& counts, TenantId tenant, std::int64_t priority) {
  auto at = std::lower_bound(counts.entries.begin(), counts.entries.end(),
                             std::pair<TenantId, std::int64_t>(tenant, priority),
                             [](const PendingCounts::Entry& entry, const auto& key) {
                               return std::pair<TenantId, std::int64_t>(entry.tenant, entry.priority) < key;
                             });
  std::uint64_t sum = 0;
  for (; at != counts.entries.end() && at->tenant == tenant; ++at) sum += at->jobs;
  return sum;
}

}  // namespace

// Jobs get their numbers in the order in which they are submitted: pages before this one hold older jobs.
std::uint64_t ahead_of(const View& view, const JobRow& row) {
  const Job& job = row.job;
  const std::size_t page = job.id.index() / rows_per_page;
  const auto from = [&](std::int64_t priority) {
    return [&job, priority](const PendingCounts& counts) { return jobs_from(counts, job.tenant, priority); };
  };
  return sum_of_pages(view, 0, page, from(job.priority)) +
         sum_of_pages(view, page + 1, view.pending_on.id_bound(), from(std::int64_t{job.priority} + 1)) +
         count_on_page(view, row, [&](const Job& other) {
           if (other.tenant != job.tenant) return false;
           return other.priority != job.priority ? other.priority > job.priority : other.id < job.id;
         });
}

std::uint64_t position_of(const View& view, const JobRow& row) {
  const auto all = [](const PendingCounts& counts) {
    std::uint64_t sum = 0;
    for (const PendingCounts::Entry& entry : counts.entries) sum += entry.jobs;
    return sum;
  };
  return sum_of_pages(view, 0, row.job.id.index() / rows_per_page, all) +
         count_on_page(view, row, [&](const Job& other) { return other.id < row.job.id; }) + 1;
}

}  // namespace dure::api
