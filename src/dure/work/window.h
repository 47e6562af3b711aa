// A claim on nodes between two times that no job holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/base/time.h"

namespace dure {

// What it is for: nothing runs there, or only jobs that name it.
enum class WindowPurpose : std::uint8_t { maintenance, reserved };
constexpr WindowPurpose last_of(WindowPurpose) { return WindowPurpose::reserved; }

struct Window {
  WindowId id;
  std::string name;  // of no other that is not over
  WindowPurpose purpose = WindowPurpose::maintenance;
  std::vector<NodeId> nodes;  // ascending, at least one
  Time from;
  Time until;                      // > from
  std::optional<TenantId> tenant;  // of a reserved one: whose jobs, and of those below it, may name it
  std::string reason;              // for whom it concerns; may be empty

  bool is_open(Time now) const { return from <= now && now < until; }
  // Whether somebody who is there from `begin` to `end` would be there in the window.
  bool overlaps(Time begin, Time end) const { return from < end && begin < until; }
  // O(log nodes).
  bool has(NodeId node) const;
};

template <class Archive>
void fields(Archive& archive, Like<Window> auto& window) {
  archive(window.id);
  archive(window.name);
  archive(window.purpose);
  archive(window.nodes);
  archive(window.from);
  archive(window.until);
  archive(window.tenant);
  archive(window.reason);
}

// Why a window is no more.
enum class CloseCause : std::uint8_t { over, withdrawn };
constexpr CloseCause last_of(CloseCause) { return CloseCause::withdrawn; }

std::string_view to_text(WindowPurpose purpose);
std::string_view to_text(CloseCause cause);

}  // namespace dure
