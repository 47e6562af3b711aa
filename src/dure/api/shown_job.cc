#include "dure/api/shown_job.h"

#include <algorithm>
#include <boost/json/array.hpp>

#include "dure/api/forecast_json.h"
#include "dure/api/why_json.h"

namespace dure::api {
namespace {

namespace json = boost::json;

// Explains jobs to a caller who sees where they run. Of who runs the estate's machines no tenant's figures are asked.
Explainer explainer(const Call& call, Sight sight) {
  return {call.view,
          std::max(call.now, call.view.now),
          {.use = [&call,
                   sight](TenantId tenant) { return sight > Sight::opaque && call.access.may(Right::see_use, tenant); },
           .job = [&call](const JobRow& other) { return seen(call, other).sight > Sight::none; },
           .nodes = call.access.may(Right::see_nodes)}};
}

Beneficiary beneficiary_of(const Call& call, const StopReason& why) {
  const JobRow* row = why.beneficiary ? call.view.jobs.find(why.beneficiary->index()) : nullptr;
  if (row == nullptr) return {};
  const Sight sight = seen(call, *row).sight;
  return sight == Sight::none ? Beneficiary{} : Beneficiary{row, sight};
}

}  // namespace

Seen seen(const Call& call, const JobRow& row) {
  return call.access.seen(row.job.tenant, (*call.view.users)[row.job.user.index()]);
}
Seen seen(const Call& call, const EndedJob& job) { return seen(call.access.actor(), job.tenant, job.user); }

Why why_not(const Call& call, const JobRow& row, Seen seen) {
  if (!seen.has_place) return {};
  return explainer(call, seen.sight).why_not(row, Explainer::Extent::all);
}

void ShortReasons::add(const JobRow& row, Seen seen, json::object& out) {
  if (!seen.has_place) return;
  const auto [found, is_new] = explainers_.try_emplace(seen.sight, explainer(call_, seen.sight));
  const Why why = found->second.why_not(row, Explainer::Extent::blockers);
  if (why.blockers.empty()) return;
  out["reasons"] = json::array{sentence(call_.view, why.blockers.front())};
  out["reason_codes"] = json::array{to_text(why.blockers.front().reason)};
}

const StartForecast* forecast_of(const Call& call, const JobRow& row) {
  return call.forecasts != nullptr ? call.forecasts->find(row.job) : nullptr;
}

json::object job_json(const Call& call, const JobRow& row, ShortReasons& reasons) {
  json::object out = to_json(call.view, row);
  const Seen sees = seen(call, row);
  if (const auto* forecast = forecast_of(call, row)) out["forecast"] = to_json(*forecast, *call.forecasts);
  reasons.add(row, sees, out);
  if (row.job.last_eviction != StopReason{}) {
    out["eviction"] = eviction_json(call.view, row.job, beneficiary_of(call, row.job.last_eviction));
  }
  redact(out, sees);
  return out;
}

json::object job_json(const Call& call, const JobRow& row) {
  ShortReasons reasons(call);
  return job_json(call, row, reasons);
}

json::object job_json(const Call& call, const EndedJob& job) {
  json::object out = to_json(job);
  redact(out, seen(call, job));
  return out;
}

}  // namespace dure::api
