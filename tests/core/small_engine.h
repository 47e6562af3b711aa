// A small engine for tests: it starts, answers and ends what it is told to, at instants of a clock that others turn.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "dure/base/time.h"
#include "dure/core/state.h"

namespace dure {

class SmallEngine {
 public:
  // What it does on a start: answers at once, later, or that it failed; then it answers the next start at once.
  enum class Answer { at_start, later, fails, keeps_failing };  // five times in a row
  std::map<JobId, Answer> answers;
  // How long jobs run, unless their limit comes first. Of every job that is started.
  std::map<JobId, Duration> run_times;

  void start(const Job& job, Time now);
  // Whatever holds the job: it ends with that outcome, `after` the order or at its time limit.
  void stop(const Job& job, Outcome outcome, Time now, Duration after);
  // Appends what is to be said of a node that fails: the ends of its jobs, but for those that may swap. These wait for
  // `swap` or `stop`, and end if the node returns first.
  void lose(const State& state, NodeId node, std::vector<Change>& out);
  void return_node(NodeId node, std::vector<Change>& out);
  void swap(JobId job);

  // Appends what has happened by `now`.
  void report(const State& state, Time now, std::vector<Change>& out);
  // Whether it has an answer to give at `now`.
  bool answers_by(Time now) const;
  // The next instant at which anything happens by itself.
  std::optional<Time> next_event() const;

 private:
  bool fails_to_start(const State& state, JobId job);
  void report_answers(const State& state, Time now, std::vector<Change>& out);

  // A gang that lost nodes, and when and how it would have ended.
  struct Broken {
    std::pair<Time, Outcome> end;
    std::vector<NodeId> lost;
  };

  std::map<JobId, std::pair<Time, Outcome>> ends_at_;
  std::map<JobId, Broken> broken_;
  std::set<JobId> stopping_;
  std::map<JobId, Time> answers_at_;
};

}  // namespace dure
