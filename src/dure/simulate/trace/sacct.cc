// The accounting of Slurm: what `sacct -P` (or -p) prints, fields by name in any order.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

#include "dure/fleet/demand.h"
#include "dure/simulate/trace/table_format.h"
#include "dure/simulate/trace/tres.h"

namespace dure::simulate {
namespace {

constexpr std::array<std::string_view, 7> no_values{"",          "Unknown",         "None",  "INVALID",
                                                    "UNLIMITED", "Partition_Limit", "(null)"};
// Such a job has not shown its run time yet.
constexpr std::array<std::string_view, 4> unended_states{"PENDING", "RUNNING", "SUSPENDED", "COMPLETING"};

bool says(std::string_view text) { return std::find(no_values.begin(), no_values.end(), text) == no_values.end(); }

// A step of a job: `123.batch`, `123_4.0`.
bool is_step(std::string_view job_id) { return job_id.find('.') != std::string_view::npos; }

bool has_ended(std::string_view state) {
  return std::find(unended_states.begin(), unended_states.end(), state) == unended_states.end();
}

std::optional<Duration> read_minutes(std::string_view text) {
  const auto count = read_whole(text, longest_duration.ns / minutes(1).ns);
  return count ? std::optional(minutes(*count)) : std::nullopt;
}

constexpr Notation<Duration> minutes_notation{read_minutes, "write whole minutes, at most a hundred years"};
constexpr Notation<Tres> tres_notation{read_tres,
                                       "write resources as Slurm does, such as cpu=4,mem=16G,node=1,gres/gpu=2"};

class Sacct : public TableFormat {
 public:
  Sacct() : TableFormat('|', Quotes::none) {}
  bool ids_are_unique() const override { return false; }  // `sacct -D` lists a requeued job once a start.
  bool is_dated() const override { return true; }

 private:
  void bind() override;
  Outcome read_row(TraceRow& row) override;

  Duration run_time();
  std::optional<Duration> time_limit();
  std::int64_t cpus(const Tres& tres);
  std::int64_t memory_mib(const Tres& tres, std::int64_t cpus);
  Tres resources();
  // Reads the first of `columns` that says something; T{} if none does.
  template <class T>
  T first(const Notation<T>& notation, std::initializer_list<const Column*> columns);

  Column job_id_, submit_, start_, end_, elapsed_, elapsed_raw_, time_limit_, time_limit_raw_, req_tres_, alloc_tres_,
      alloc_cpus_, n_cpus_, req_cpus_, n_nodes_, req_mem_, user_, account_, job_name_, partition_, state_;
};

void Sacct::bind() {
  job_id_ = find("JobID");
  if (!job_id_) job_id_ = find("JobIDRaw");
  if (!job_id_) lacks("JobID");
  submit_ = require("Submit");
  start_ = find("Start");
  end_ = find("End");
  elapsed_ = find("Elapsed");
  elapsed_raw_ = find("ElapsedRaw");
  time_limit_ = find("Timelimit");
  time_limit_raw_ = find("TimelimitRaw");
  req_tres_ = find("ReqTRES");
  alloc_tres_ = find("AllocTRES");
  alloc_cpus_ = find("AllocCPUS");
  n_cpus_ = find("NCPUS");
  req_cpus_ = find("ReqCPUS");
  n_nodes_ = find("NNodes");
  req_mem_ = find("ReqMem");
  user_ = find("User");
  account_ = find("Account");
  job_name_ = find("JobName");
  partition_ = find("Partition");
  state_ = find("State");
  if (!elapsed_ && !elapsed_raw_ && !(start_ && end_)) lacks("ElapsedRaw (or Elapsed, or Start and End)");
  if (!alloc_tres_ && !req_tres_ && !alloc_cpus_ && !n_cpus_ && !req_cpus_)
    lacks("AllocTRES (or ReqTRES, or AllocCPUS)");
}

Outcome Sacct::read_row(TraceRow& row) {
  if (is_step(text(job_id_))) return {Verdict::nothing};
  const bool submitted = says(text(submit_));
  if (submitted) row.submit = cells().read(date_notation, cell(submit_));
  const Tres tres = resources();
  row.id = name(job_id_);
  row.run_time = run_time();
  row.time_limit = time_limit();
  row.gpus_milli = tres.gpus * whole;
  row.gpu_model = tres.gpu_model;
  row.cpus = cpus(tres);
  row.memory_mib = memory_mib(tres, row.cpus);
  row.user = name(user_);
  row.tenant = name(account_);
  if (row.tenant.empty()) row.tenant = row.user;
  row.name = name(job_name_);
  row.partition = name(partition_);
  if (!submitted) return {Verdict::rejected, "no submit time"};
  if (!has_ended(text(state_))) return {Verdict::rejected, "had not ended"};
  if (row.run_time <= Duration{}) return {Verdict::rejected, "no run time"};
  if (row.cpus <= 0 && row.gpus_milli <= 0) return {Verdict::rejected, "no processors"};
  return {Verdict::job};
}

template <class T>
T Sacct::first(const Notation<T>& notation, std::initializer_list<const Column*> columns) {
  for (const Column* column : columns) {
    if (says(text(*column))) return cells().read(notation, cell(*column));
  }
  return {};
}

// What was allocated is what the scheduler had to find, if anything was.
Tres Sacct::resources() { return first(tres_notation, {&alloc_tres_, &req_tres_}); }

Duration Sacct::run_time() {
  if (says(text(elapsed_raw_))) return cells().read(seconds_notation, cell(elapsed_raw_));
  if (says(text(elapsed_))) return cells().read(clock_notation, cell(elapsed_));
  if (!says(text(start_)) || !says(text(end_))) return {};
  const Time start = cells().read(date_notation, cell(start_));
  const Time end = cells().read(date_notation, cell(end_));
  if (end < start) cells().refuse(cell(end_), "write an end that is not before the start");
  return end - start;
}

// Zero is Slurm's other way to say that there is none.
std::optional<Duration> Sacct::time_limit() {
  const Duration limit =
      says(text(time_limit_raw_)) ? first(minutes_notation, {&time_limit_raw_}) : first(clock_notation, {&time_limit_});
  return limit > Duration{} ? std::optional(limit) : std::nullopt;
}

std::int64_t Sacct::cpus(const Tres& tres) {
  if (tres.cpus > 0) return tres.cpus;
  const std::int64_t allocated = first(cpus_notation, {&alloc_cpus_, &n_cpus_});
  return allocated > 0 ? allocated : first(cpus_notation, {&req_cpus_});
}

// ReqMem is in all; before Slurm 21.08 it was `4Gc` for each CPU or `16Gn` for each node.
std::int64_t Sacct::memory_mib(const Tres& tres, std::int64_t cpus) {
  std::string_view amount = text(req_mem_);
  if (tres.memory_mib > 0 || !says(amount)) return tres.memory_mib;
  std::int64_t times = 1;
  if (amount.ends_with('c')) times = cpus;
  if (amount.ends_with('n')) times = std::max(tres.nodes, first(cpus_notation, {&n_nodes_}));
  if (amount.ends_with('c') || amount.ends_with('n')) amount.remove_suffix(1);
  const auto each = read_memory_mib(amount);
  if (each && *each <= memory_mib_max / std::max<std::int64_t>(times, 1))
    return *each * std::max<std::int64_t>(times, 1);
  cells().refuse(cell(req_mem_), "write an amount such as 16G, 4Gc (a CPU) or 16Gn (a node), in all below an exbibyte");
  return 0;
}

}  // namespace

std::unique_ptr<Format> sacct_format() { return std::make_unique<Sacct>(); }

}  // namespace dure::simulate
