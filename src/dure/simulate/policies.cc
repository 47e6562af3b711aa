#include "dure/simulate/policies.h"

#include <algorithm>

#include "dure/policy/dure_policy.h"
#include "dure/policy/reference/easy.h"
#include "dure/policy/reference/fgd.h"
#include "dure/policy/reference/pack.h"
#include "dure/policy/reference/pack_scores.h"
#include "dure/policy/stranding_score.h"

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

std::unique_ptr<NodeScore> score_for(const PolicySpec& spec, const PackTrace& pack) {
  if (spec.name == "bestfit") return best_fit_score();
  if (spec.name == "dotprod") return dot_product_score();
  if (spec.name == "packing") return packing_score();
  if (spec.name == "clustering") return clustering_score();
  if (spec.name == "fgd") return fgd_score(typical_pods(pack.pods));
  return stranding_score(spec.demand == KnownPods::given ? typical_pods(pack.pods) : TypicalPods{}, Random(1));
}

}  // namespace

std::unique_ptr<Policy> make_policy(const PolicySpec& spec, const World& world, const PackTrace* pack) {
  if (pack != nullptr) return std::make_unique<PackPolicy>(score_for(spec, *pack), pack->tie_order);
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
  if (spec.demand == KnownPods::seen) return spec.name + ", demand as seen";
  if (spec.name == "dure" && spec.order == LeafOrder::shortest) return "dure, shortest first";
  const bool goes_by_times = spec.name.starts_with("easy");
  if (!goes_by_times) return spec.name;
  switch (spec.estimates) {
    case Estimates::requested: return spec.name + ", requested times";
    case Estimates::exact: return spec.name + ", exact times";
    case Estimates::last_2: return spec.name + ", last-2";
  }
  return spec.name;
}

}  // namespace dure::simulate
