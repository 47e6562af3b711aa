#include "dure/server/job_logs.h"

#include <utility>

namespace dure::server {
namespace {

// One that waits to start again shows what it wrote before.
std::uint32_t latest_run(const Job& job) {
  const bool waits_again = job.evictions > 0 && !job.holds_devices() && job.state != JobState::ended;
  return job.evictions - (waits_again ? 1 : 0);
}

std::optional<engine::ArrayElement> element_of(const std::optional<ArrayMember>& member) {
  if (!member) return std::nullopt;
  return engine::ArrayElement{member->array, member->index};
}

}  // namespace

std::optional<EndedJob> JobLogs::ended(JobId job) {
  auto found = archive_.ended(job);
  return found ? *std::move(found) : std::nullopt;
}

JobText JobLogs::text_of(BlobId id) {
  auto text = archive_.text(id);
  return text && *text ? **std::move(text) : JobText{};
}

std::optional<LogState> JobLogs::state(const api::ReadLog& log) {
  const auto view = publisher_.view();
  if (const api::JobRow* row = view->jobs.find(log.job.index())) {
    if (log.task >= row->shape.tasks_max) return std::nullopt;
    return LogState{{latest_run(row->job), row->job.name}, row->job.state != JobState::ended};
  }
  const auto job = ended(log.job);
  if (!job || log.task >= job->tasks) return std::nullopt;
  return LogState{{job->evictions, job->name}, false};
}

LogFile JobLogs::file(const api::ReadLog& log, const LogRun& run) {
  engine::OutputName name{.id = {log.job, run.restart}, .job = run.job_name, .task = log.task};
  const auto view = publisher_.view();
  LogFile file{.job = log.job};
  BlobId text;
  std::string pool;
  if (const api::JobRow* row = view->jobs.find(log.job.index())) {
    text = row->job.text;
    if (row->job.pool.index() < view->fleet->pools().size()) pool = view->fleet->pool(row->job.pool).path;
    name.element = element_of(row->job.array);
    file.owner = {.tenant = (*view->tenants)[row->job.tenant].path, .user = (*view->users)[row->job.user.index()]};
  } else if (const auto job = ended(log.job)) {
    text = job->text;
    pool = job->pool;
    name.element = element_of(job->array);
    file.owner = {.tenant = job->tenant, .user = job->user};
  }
  const auto stream = log.is_error ? engine::Stream::error : engine::Stream::output;
  file.site = pool.substr(0, pool.find('/'));
  file.path = sites_.find(*view->fleet, file.site)->output_path_of(text_of(text), name, stream);
  return file;
}

Result<engine::Fd> JobLogs::open(const LogFile& file) {
  return sites_.find(*publisher_.view()->fleet, file.site)->open_log(file.job, file.owner, file.path);
}

}  // namespace dure::server
