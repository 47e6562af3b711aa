#include "dure/simulate/pack_source.h"

#include <utility>

namespace dure::simulate {

Result<PackTrace> read_pack_trace(const PackSpec& spec, const Fleet& fleet, std::uint64_t seed) {
  auto pods = read_pod_list(spec.pods, fleet);
  if (!pods) return tl::unexpected<Error>(std::move(pods.error()));
  const NodeList& nodes = spec.nodes;
  auto order = read_pod_order(spec.order, spec.order_seed.value_or(seed), pods->size(), nodes.node_of_row.size());
  if (!order) return tl::unexpected<Error>(std::move(order.error()));
  PackTrace trace{
      .pods = std::move(*pods), .arrivals = std::move(order->pods), .copies = nodes.copies, .tie_order = {}};
  for (const std::uint32_t row : order->nodes) {
    for (std::uint32_t copy = 0; copy < nodes.copies; ++copy) trace.tie_order.push_back(nodes.node(row, copy));
  }
  return trace;
}

std::optional<SourcedJob> PackSource::next() {
  if (next_ == total()) return std::nullopt;
  const PodRow& pod = trace_.arrival(next_);
  const Time submit = Time{} + seconds(static_cast<std::int64_t>(++next_));
  return SourcedJob{.submit = submit,
                    .spec = {.name = {},
                             .tenant = TenantId{0},
                             .user = UserId{0},
                             .shape = pod.shape,
                             .time_limit = longest_duration,
                             .start_by = submit + Duration{1}},
                    .run_time = seconds(1),
                    .source_id = pod.name};
}

}  // namespace dure::simulate
