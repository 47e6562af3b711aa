// The state after some fact, kept in a file beside the journal, so that a start replays only what came after. The facts
// remain what counts: a snapshot can be made anew from them at any time, and is only ever a shorter way to the same.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "dure/base/result.h"
#include "dure/core/state.h"
#include "dure/journal/fact_row.h"

namespace dure {

struct Snapshot {
  State state;
  std::vector<std::byte> aside;  // what its maker wants to know of the same facts beyond the state

  Link link() const { return {state.fact_count(), state.chain()}; }
};

// Writes a new file, durable when this returns, and removes all but the two newest. `state` must stand at the end of a
// committed turn. O(state).
Result<void> save_snapshot(const std::filesystem::path& folder, const State& state, std::span<const std::byte> aside);

// The files there are, of whatever worth; the newest first.
std::vector<std::filesystem::path> snapshot_files(const std::filesystem::path& folder);

// An error if the file is not what was written; Code::unavailable if another version has written it. O(state).
Result<Snapshot> read_snapshot(const std::filesystem::path& file);

// The newest that can be read and stands where `has` says that the facts have come by; nullopt if there is none.
std::optional<Snapshot> newest_snapshot(const std::filesystem::path& folder, const std::function<bool(Link)>& has);

// Removes those that go beyond the fact `sequence`.
void drop_snapshots_after(const std::filesystem::path& folder, std::uint64_t sequence);

}  // namespace dure
