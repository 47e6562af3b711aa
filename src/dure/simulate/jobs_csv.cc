#include "dure/simulate/jobs_csv.h"

#include "dure/fleet/folded_nodes.h"

namespace dure::simulate {

Result<JobsCsv> JobsCsv::create(const std::filesystem::path& path) {
  constexpr std::string_view header = "job,submit_s,start_s,end_s,wait_s,tenant,size,tasks,outcome,evictions,where";
  return CsvFile::create(path, header).map([](CsvFile file) { return JobsCsv(std::move(file)); });
}

void JobsCsv::add(const State& state, const FinishedJob& finished) {
  const Job& job = finished.job;
  if (finished.source_id.empty()) {
    file_.add_integer(job.id.value);
  } else {
    file_.add_text(finished.source_id);
  }
  for (std::int64_t ns : {job.submitted.ns, finished.start.ns, finished.end.ns, (finished.start - job.submitted).ns}) {
    file_.add_seconds(ns);
  }
  file_.add_text(state.tenants()[job.tenant].path);
  file_.add_milli(finished.size_milli);
  file_.add_integer(job.placed_tasks());
  file_.add_text(to_text(finished.outcome));
  file_.add_integer(job.evictions);
  file_.add_text(folded_nodes(state.fleet(), job.allocation));
  file_.end_row();
}

}  // namespace dure::simulate
