#include "dure/server/policy_reader.h"

#include <cstdint>

#include "dure/spec/scalars.h"

namespace dure::server {
namespace {

std::optional<LeafOrder> read_order(const spec::Node& node) {
  static const auto read = spec::one_of<LeafOrder>({{"oldest", LeafOrder::oldest}, {"shortest", LeafOrder::shortest}});
  return read(node);
}

}  // namespace

std::optional<DureOptions> read_policy(const spec::Node& node, const DureOptions& otherwise) {
  return spec::read_mapping<DureOptions>(
      node, "a mapping such as {reservations: 4, reclaim: true}", [&](spec::Fields& in, DureOptions& policy) {
        policy = otherwise;
        in.take("reservations", policy.reservations, spec::integer_in<std::uint32_t>(0, 10'000));
        in.take("reclaim", policy.reclaims, spec::read_boolean);
        in.take("defragment", policy.defragments, spec::read_boolean);
        in.take("fair_evictions_per_hour", policy.fair_evictions, spec::integer_in<std::uint32_t>(0, 10'000));
        in.take("order", policy.order, read_order);
      });
}

}  // namespace dure::server
