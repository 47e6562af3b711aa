// What can keep a job from starting: every code that there is. docs/reasons.md has a row for each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dure::api {

// In the order in which they are told: what nothing else can help against comes first.
enum class Reason : std::uint8_t {
  held,        // by its user
  hopeless,    // a job that it comes after ended in the wrong way
  dependency,  // on an end that is still to come
  pause,       // its starts keep failing
  limit,       // of its tenant, or of one above it
  eviction,    // what is being stopped for it has not gone yet
  promise,     // it is promised devices from a later time on
  devices,     // too few are free
  fragments,   // enough are free, on too many nodes
  domain,      // enough tasks fit, in too many domains
  layout,      // enough tasks fit, and not in whole groups, or too many together
  cpus,        // too few, beside devices that would do
  memory,      // likewise
  down,        // nodes are drained or lost
  window,      // nodes are kept free, or the one that it names is not open
  fences,      // what is free is promised to others
  guarantee,   // it is beyond its tenants' guarantees, so that it may not take back what others borrow
  order,       // others of its tenant go before it
  turn,        // nothing but its turn
  racks,       // that are kept for others, who could not have them back in time
  credits,     // too few are left for what it may cost, or its account has as many cards as it may have at once
};
constexpr std::size_t reason_count = 21;
constexpr std::array<std::string_view, reason_count> reason_names{
    "held",    "hopeless",  "dependency", "pause",  "limit", "eviction", "promise",
    "devices", "fragments", "domain",     "layout", "cpus",  "memory",   "down",
    "window",  "fences",    "guarantee",  "order",  "turn",  "racks",    "credits"};
constexpr std::string_view to_text(Reason reason) { return reason_names[static_cast<std::size_t>(reason)]; }

// What would let a job start, the least trouble first.
enum class Remedy : std::uint8_t {
  release,      // by its user
  resubmit,     // it can never start
  shorter,      // a time limit by which it is over when what is promised to others begins
  wider,        // `within` a larger domain
  fewer_tasks,  // as many as fit
  other_pool,   // one that it does not name
  resume,       // of drained nodes
  after,        // some jobs whose time limits end first
};
constexpr std::size_t remedy_count = 8;
constexpr std::array<std::string_view, remedy_count> remedy_names{"release",     "resubmit",   "shorter", "wider",
                                                                  "fewer_tasks", "other_pool", "resume",  "after"};
constexpr std::string_view to_text(Remedy remedy) { return remedy_names[static_cast<std::size_t>(remedy)]; }

}  // namespace dure::api
