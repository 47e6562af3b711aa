// The promises of one pool that are in force, and which of them may have become possible.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/time.h"
#include "dure/core/reservation.h"
#include "dure/fleet/capacity_index.h"
#include "dure/work/shape.h"

namespace dure {

// Every call is O(log promises) for each node it is about, but for `worth_a_look`.
class PromiseBook {
 public:
  struct Entry {
    Time from;
    Allocation allocation;
    Promise why = Promise::backfill;
    DemandId demand;  // watched
    ShapeId shape;
    TenantId tenant;
    std::uint32_t tasks = 0;  // that it is for
    // Of more than one task, not done stopping, or not free to go everywhere: looked at by itself.
    bool is_gang = false;
  };

  bool empty() const { return entries_.empty(); }
  bool contains(JobId job) const { return entries_.contains(job); }
  const Entry& operator[](JobId job) const { return entries_.at(job); }
  const std::map<JobId, Entry>& all() const { return entries_; }
  // To jobs that no guarantee stood for when it was made.
  const std::set<JobId>& for_backfill() const { return for_backfill_; }
  // To jobs that are moved there.
  const std::set<JobId>& moves() const { return moves_; }

  void add(JobId job, Entry entry);
  Entry remove(JobId job);

  // The first time at which one is due; the first after `now`. `Time::never()` without one.
  Time first() const { return by_time_.empty() ? Time::never() : by_time_.begin()->first; }
  Time first_after(Time now) const;
  // By when whoever uses promised devices must be over. Where somebody is moved to nobody else goes, however short: it
  // would wait for that one when it has saved its work.
  Time backfill_until() const { return moves_.empty() ? first() : Time{}; }

  // Something became free there, for those who are promised something on the node.
  void touch(NodeId node);
  // The job is to be looked at again, whatever happens.
  void look_again(JobId job) { touched_.insert(job); }
  // If it is a gang, it does not fit before the pool's capacity has changed so often.
  void put_off(JobId job, std::uint64_t until) {
    if (const auto gang = gangs_.find(job); gang != gangs_.end()) gang->second = until;
  }
  bool is_put_off(JobId job, std::uint64_t changes) const {
    const auto gang = gangs_.find(job);
    return gang != gangs_.end() && changes < gang->second;
  }
  // Takes the jobs, in order, that may start by `now` if any promised job may, after so many `changes` of the pool's
  // capacity: those that are due or touched, and all gangs, which may start on some of their own devices and on others
  // that became free. Of the rest, who fits on devices of nobody is the same for all of one shape, and who is at a
  // limit for all of one tenant: `fits_elsewhere(entry)` is asked once for each of those. None if these are all gangs
  // that are put off; else what starts before one of them may be what it waits for.
  template <class FitsElsewhere>
  std::vector<JobId> worth_a_look(Time now, std::uint64_t changes, FitsElsewhere&& fits_elsewhere) {
    std::vector<JobId> jobs(touched_.begin(), touched_.end());
    touched_.clear();
    for (auto at = by_time_.begin(); at != by_time_.end() && at->first <= now; ++at) jobs.push_back(at->second);
    for (const auto& [alike, singles] : singles_) {
      if (fits_elsewhere(entries_.at(*singles.begin()))) jobs.push_back(*singles.begin());
    }
    const auto is_worth_it = [&](const auto& gang) { return gang.second <= changes; };
    if (jobs.empty() && std::none_of(gangs_.begin(), gangs_.end(), is_worth_it)) return jobs;
    for (const auto& [gang, until] : gangs_) jobs.push_back(gang);
    std::sort(jobs.begin(), jobs.end());
    jobs.erase(std::unique(jobs.begin(), jobs.end()), jobs.end());
    return jobs;
  }

 private:
  std::map<JobId, Entry> entries_;
  std::set<std::pair<Time, JobId>> by_time_;
  std::set<JobId> for_backfill_;
  std::set<JobId> moves_;
  std::map<JobId, std::uint64_t> gangs_;  // until how many changes they are put off
  std::map<std::pair<ShapeId, TenantId>, std::set<JobId>> singles_;
  std::map<NodeId, std::set<JobId>> on_node_;  // of the singles
  std::set<JobId> touched_;
};

}  // namespace dure
