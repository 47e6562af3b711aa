#include "dure/what_if/origin.h"

#include "dure/base/overload.h"

namespace dure::what_if {

Origin origin_of(const Change& change) {
  const auto own_if = [](bool is_own) { return is_own ? Origin::own : Origin::outside; };
  return std::visit(Overload{
                        [](const StartOrdered&) { return Origin::own; },
                        [](const NodesReserved&) { return Origin::own; },
                        [](const ReservationMade&) { return Origin::own; },
                        [](const ReservationDropped&) { return Origin::own; },
                        [](const NodesSwapped&) { return Origin::own; },
                        [&](const StopOrdered& c) {
                          return own_if(c.why.cause != StopCause::asked || c.outcome == Outcome::expired);
                        },
                        [&](const JobCancelled& c) { return own_if(c.outcome == Outcome::expired); },
                        [&](const NodeDrained& c) { return own_if(c.cause == DrainCause::quarantine); },
                        [&](const WindowClosed& c) { return own_if(c.cause == CloseCause::over); },
                        [&](const Booked& c) { return own_if(ledger::is_by_rule(c.change)); },
                        [](const Started&) { return Origin::engine; },
                        [](const StartFailed&) { return Origin::engine; },
                        [](const Ended&) { return Origin::engine; },
                        [](const EstimateExceeded&) { return Origin::engine; },
                        [](const auto&) { return Origin::outside; },
                    },
                    change);
}

std::optional<JobId> ordered_job(const Change& change) {
  using Found = std::optional<JobId>;
  return std::visit(Overload{
                        [](const StartOrdered& c) -> Found { return c.job; },
                        [](const StopOrdered& c) -> Found { return c.job; },
                        [](const NodesSwapped& c) -> Found { return c.job; },
                        [](const Started& c) -> Found { return c.job; },
                        [](const StartFailed& c) -> Found { return c.job; },
                        [](const Ended& c) -> Found { return c.job; },
                        [](const auto&) -> Found { return std::nullopt; },
                    },
                    change);
}

}  // namespace dure::what_if
