#include "dure/simulate/policies.h"

#include <algorithm>

#include "dure/policy/dure_policy.h"
#include "dure/policy/reference/easy.h"

namespace dure::simulate {
namespace {

Predict predictor(Estimates estimates, const World& world) {
  switch (estimates) {
    case Estimates::requested: return predict_requested;
    case Estimates::last_2: return predict_estimate;
    case Estimates::exact: return [&world](const Job& job) { return std::min(world.run_left(job.id), job.time_limit); };
  }
  return predict_requested;
}

}  // namespace

std::unique_ptr<Policy> make_policy(const PolicySpec& spec, const World& world) {
  if (spec.name == "dure")
    return std::make_unique<DurePolicy>(DureOptions{.reservations = spec.reservations,
                                                    .reclaims = spec.reclaims,
                                                    .defragments = spec.defragments,
                                                    .fair_evictions = spec.fair_evictions,
                                                    .order = spec.order});
  const Backfill backfill = spec.name == "fcfs"   ? Backfill::none
                            : spec.name == "easy" ? Backfill::in_queue_order
                                                  : Backfill::shortest_first;
  return std::make_unique<EasyPolicy>(backfill, predictor(spec.estimates, world));
}

std::string describe(const PolicySpec& spec) {
  if (spec.name == "dure" && spec.order == LeafOrder::shortest) return "dure, shortest first";
  if (spec.name == "dure" || spec.name == "fcfs") return spec.name;
  switch (spec.estimates) {
    case Estimates::requested: return spec.name + ", requested times";
    case Estimates::exact: return spec.name + ", exact times";
    case Estimates::last_2: return spec.name + ", last-2";
  }
  return spec.name;
}

}  // namespace dure::simulate
