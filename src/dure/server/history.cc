#include "dure/server/history.h"

#include "dure/fleet/folded_nodes.h"

namespace dure::server {
namespace {

EndedJob row_of(const State& state, Time at) {
  const Job& job = state.departed();
  const Shape& shape = state.shape_of(job);
  EndedJob row{.id = job.id,
               .tenant = state.tenants()[job.tenant].path,
               .user = state.users()[job.user.index()],
               .name = job.name,
               .submitted = job.submitted,
               .ended = at,
               .tasks = shape.tasks_min,
               .evictions = job.evictions,
               .text = job.text,
               .array = job.array};
  if (!job.holds_devices()) return row;
  row.pool = state.fleet().pool(job.pool).path;
  row.tasks = job.placed_tasks();
  row.amount_milli = state.amount(shape, job.pool, row.tasks);
  row.where = folded_nodes(state.fleet(), job.allocation);
  if (job.started >= job.ordered) row.started = job.started;
  return row;
}

}  // namespace

void History::on_fact(const State& state, const Fact& fact) {
  const auto* ended = std::get_if<Ended>(&fact.change);
  const auto* cancelled = std::get_if<JobCancelled>(&fact.change);
  if (ended == nullptr && cancelled == nullptr) return;
  if (state.jobs().find(state.departed().id) != nullptr) return;  // it starts again
  EndedJob row = row_of(state, ended != nullptr ? end_of(*ended, fact.time) : fact.time);
  row.outcome = ended != nullptr ? ended->outcome : cancelled->outcome;
  row.exit_code = ended != nullptr ? ended->exit_code : 0;
  if (ended != nullptr) row.reason = ended->reason;
  journal_.put_ended(row);
}

}  // namespace dure::server
