#include "dure/policy/promise_book.h"

namespace dure {
namespace {

template <class Key>
void erase_from(std::map<Key, std::set<JobId>>& sets, Key key, JobId job) {
  const auto found = sets.find(key);
  found->second.erase(job);
  if (found->second.empty()) sets.erase(found);
}

}  // namespace

void PromiseBook::add(JobId job, Entry entry) {
  by_time_.emplace(entry.from, job);
  if (is_owed_to_nobody(entry.why)) for_backfill_.insert(job);
  if (entry.why == Promise::move) moves_.insert(job);
  if (entry.is_gang) {
    gangs_.emplace(job, 0);
  } else {
    singles_[{entry.shape, entry.tenant}].insert(job);
    for (const Placement& placement : entry.allocation) on_node_[placement.node].insert(job);
  }
  entries_.emplace(job, std::move(entry));
}

PromiseBook::Entry PromiseBook::remove(JobId job) {
  Entry entry = std::move(entries_.extract(job).mapped());
  by_time_.erase({entry.from, job});
  for_backfill_.erase(job);
  moves_.erase(job);
  touched_.erase(job);
  if (entry.is_gang) {
    gangs_.erase(job);
  } else {
    erase_from(singles_, std::pair(entry.shape, entry.tenant), job);
    for (const Placement& placement : entry.allocation) erase_from(on_node_, placement.node, job);
  }
  return entry;
}

Time PromiseBook::first_after(Time now) const {
  const auto found = by_time_.lower_bound({now + Duration{1}, JobId{}});
  return found == by_time_.end() ? Time::never() : found->first;
}

void PromiseBook::touch(NodeId node) {
  const auto found = on_node_.find(node);
  if (found != on_node_.end()) touched_.insert(found->second.begin(), found->second.end());
}

}  // namespace dure
