// Answers orders about jobs of which the journal does not tell what came of them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "dure/base/heap.h"
#include "dure/core/state.h"
#include "dure/what_if/saved_work.h"
#include "dure/what_if/work_book.h"

namespace dure::what_if {

// Starts and stops at once; ends jobs when their work is done or their time is up.
class MadeUpEngine {
 public:
  // `state` and `book` must outlive this object.
  MadeUpEngine(const State& state, const WorkBook& book) : state_(state), book_(book) {}

  // Answers what the job waits for as it stands now, from now on. Its work is that of `original` in the journal.
  // O(log events).
  void take_over(JobId job, JobId original);
  bool has(JobId job) const { return jobs_.contains(job); }

  // After each fact was applied: what interruptions saved.
  void note(const Fact& fact) { saved_.note(state_, fact); }

  // The next instant at which it has something to say; never if there is none.
  Time next_time() const { return events_.empty() ? Time::never() : events_.top().time; }
  // Appends what it has to say by `now`.
  void report(Time now, std::vector<Change>& out);
  // Appends the ends of its jobs on a node that was lost, but for those that may swap. O(jobs).
  void lose(NodeId node, std::vector<Change>& out) const;

 private:
  struct Event {
    Time time;
    std::uint64_t sequence = 0;
    JobId job;
    bool operator<(const Event& other) const {
      return time != other.time ? time < other.time : sequence < other.sequence;
    }
  };
  struct Taken {
    JobId original;
    std::uint64_t event = 0;  // the one that counts
  };
  void expect(Taken& taken, JobId job, Time time);
  Time end_of(const Job& job, const OwnEnd& end) const;
  Change answer(const Job& job, JobId original) const;

  const State& state_;
  const WorkBook& book_;
  SavedWork saved_;
  std::unordered_map<JobId, Taken> jobs_;
  Heap<Event> events_;
  std::uint64_t sequence_ = 0;
};

}  // namespace dure::what_if
