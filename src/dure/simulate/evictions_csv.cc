#include "dure/simulate/evictions_csv.h"

#include <variant>

namespace dure::simulate {

Result<EvictionsCsv> EvictionsCsv::create(const std::filesystem::path& path, const World& world) {
  constexpr std::string_view header = "time_s,job,tenant,size,cause,beneficiary,beneficiary_tenant,at_stake_s";
  return CsvFile::create(path, header).map([&](CsvFile file) { return EvictionsCsv(std::move(file), world); });
}

void EvictionsCsv::on_fact(const State& state, const Fact& fact) {
  const auto* stop = std::get_if<StopOrdered>(&fact.change);
  if (stop == nullptr || stop->outcome != Outcome::evicted) return;
  const Job& job = state.jobs()[stop->job];
  const Job* beneficiary = stop->why.beneficiary ? state.jobs().find(*stop->why.beneficiary) : nullptr;
  file_.add_seconds(fact.time.ns);
  add_job(job);
  file_.add_text(state.tenants()[job.tenant].path);
  file_.add_milli(state.amount(state.shape_of(job), job.pool, job.placed_tasks()));
  file_.add_text(to_text(stop->why.cause));
  if (beneficiary != nullptr) {
    add_job(*beneficiary);
    file_.add_text(state.tenants()[beneficiary->tenant].path);
  } else {
    file_.add_text("");
    file_.add_text("");
  }
  file_.add_integer(static_cast<std::int64_t>(stop->why.cost_s));
  file_.end_row();
}

// By the name that its source has for it, if that has one.
void EvictionsCsv::add_job(const Job& job) {
  if (const auto id = world_.source_id(job.id); !id.empty()) return file_.add_text(id);
  file_.add_integer(job.id.value);
}

}  // namespace dure::simulate
