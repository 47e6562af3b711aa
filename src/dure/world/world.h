// The simulated world: virtual time, the arrival of jobs, an engine that answers at once, and nodes that fail.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dure/base/heap.h"
#include "dure/base/random.h"
#include "dure/base/slab.h"
#include "dure/runtime/ports.h"
#include "dure/world/fault_spec.h"
#include "dure/world/job_source.h"

namespace dure {

struct WorldOptions {
  FaultSpec faults;
  bool report_exceeded_estimates = false;  // for policies that go by estimates
  bool swaps = true;                       // the policy finds other nodes for gangs that lose some and may swap
  bool jobs_stay = false;                  // none ends by itself; it is over when all that are left run
  std::uint64_t seed = 1;                  // of the faults
};

// A job that was interrupted more often is one that takes longer than nodes live.
constexpr std::uint32_t most_interruptions = 10'000;

// The inbox and the engine of a simulation. Events of one instant come in the order: exceeded estimates, submissions,
// ends, faults, repairs, checks, faults and repairs of GPUs; within a kind in the order in which they came about. The
// answer to an order comes after them.
class World final : public Inbox, public Engine {
 public:
  // `source` and `state` must outlive this object.
  World(JobSource& source, const State& state, WorldOptions options);

  // Takes over a job that the state already has, with so much work left as of `now`, > 0: one that runs goes on, an
  // engine's answer that is still to come comes at once. Once for each such job, before the first turn.
  void adopt(Time now, const Job& job, Duration run_left);

  // The next instant at which something happens; nullopt when nothing ever will.
  std::optional<Time> next_time() const;
  // Whether every job has come and gone, or stays.
  bool is_over() const { return !submission_ && state_.jobs().size() == staying_ && answers_.empty(); }

  // A job that was interrupted more than `most_interruptions` times.
  std::optional<JobId> hopeless() const { return hopeless_; }

  void drain(Time now, std::vector<Change>& out) override;
  void refused(std::size_t, const Change& change, const Error& error) override;
  void execute(const State& state, std::span<const Decision> decisions) override;

  // What the world knows of a job that has not been gone for longer than one turn.
  const std::string& source_id(JobId job) const { return ghosts_[job].source_id; }
  Duration run_time(JobId job) const { return ghosts_[job].run_time; }
  Duration run_left(JobId job) const { return ghosts_[job].run_left; }

  // Nothing runs and nothing more is submitted: what still happens are faults and repairs.
  bool is_quiet() const { return answers_.empty() && work_planned_ == 0; }
  std::uint64_t submitted() const { return submitted_; }
  // Submissions that were refused, by reason.
  const std::map<std::string, std::uint64_t>& refusals() const { return refusals_; }

 private:
  enum class Kind : std::uint8_t { estimate_exceeded, submission, end, fault, repair, check, gpu_fault, gpu_repair };
  struct Event {
    Time time;
    Kind kind = Kind::submission;
    std::uint64_t sequence = 0;
    std::uint32_t subject = 0;  // a JobId, a NodeId, or a GPU of the fleet
    std::uint32_t attempt = 0;  // of the job; an event of an earlier one is void
    bool operator<(const Event& other) const {
      if (time != other.time) return time < other.time;
      if (kind != other.kind) return kind < other.kind;
      return sequence < other.sequence;
    }
  };
  // A job as only the world knows it.
  struct Ghost {
    Duration run_time;
    Duration run_left;
    std::uint32_t attempt = 0;
    Time resumed;  // of the attempt
    bool is_running = false;
    std::string source_id;
  };

  static bool is_work(Kind kind) { return kind == Kind::submission || kind == Kind::end; }
  void push(Time time, Kind kind, std::uint32_t subject, std::uint32_t attempt = 0);
  void fetch_submission();
  void submit(std::vector<Change>& out);
  void end(const Event& event, std::vector<Change>& out);
  void fail_gpu(Time now, std::uint32_t gpu, std::vector<Change>& out);
  void fail_node(Time now, NodeId node, std::vector<Change>& out);
  // What it could save before it was interrupted.
  enum class Saved : std::uint8_t { checkpoints, everything };
  void interrupt(Time now, const Job& job, Outcome outcome, Saved saved, std::vector<Change>& out);
  static void save(Ghost& ghost, Time now, const Job& job, Saved saved);
  Time draw_fault(Time now, Duration mtbf, std::int64_t parts);
  void plan_fault(Time now);
  void plan_gpu_fault(Time now);
  std::pair<NodeId, std::uint32_t> place_of_gpu(std::uint32_t gpu) const;
  bool has_lost_a_node(const Job& job) const;
  void go_on(const Job& job);
  void resume(const Job& job, Time now);
  void note_place(const Job& job);
  void forget_who_left(NodeId node);

  JobSource& source_;
  const State& state_;
  WorldOptions options_;
  Random random_;
  Heap<Event> events_;
  std::uint64_t sequence_ = 0;
  std::uint32_t next_job_;
  std::uint64_t submitted_ = 0;
  std::optional<SourcedJob> submission_;  // the next to come
  Slab<JobId, Ghost> ghosts_;
  std::optional<JobId> hopeless_;
  std::size_t work_planned_ = 0;  // of the events, those that are submissions and ends
  std::set<NodeId> lost_;
  // By NodeId, where nodes fail: who was started there and has not been found to be gone.
  std::vector<std::vector<JobId>> started_on_;
  std::vector<JobId> gone_;      // ended in the last turn
  std::vector<Change> answers_;  // of the engine, due at once
  Time answers_at_;
  std::size_t staying_ = 0;  // jobs
  std::map<std::string, std::uint64_t> refusals_;
};

}  // namespace dure
