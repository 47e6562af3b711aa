// What `dure journal` does with a folder while no server uses it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "dure/base/result.h"
#include "dure/base/time.h"

namespace dure::journal {

// What was found to be whole.
struct Verified {
  std::uint64_t facts = 0;
  std::uint64_t turns = 0;
  std::uint64_t digests = 0;
  std::uint64_t blobs = 0;
  std::uint64_t ended_jobs = 0;
  std::uint64_t snapshots = 0;
};

// Reads everything there is: each chain, each recorded digest against the state made anew from the facts, each text
// against its hash, each ended job and token, each snapshot against the facts before it, the tables and their indexes,
// and the end against the head file. Changes nothing. An error names the first thing that is wrong. A server may use
// the journal meanwhile.
Result<Verified> verify(const std::filesystem::path& folder);

// Hands out one JSON line a fact, without the line break. A server may use the journal meanwhile.
Result<void> dump(const std::filesystem::path& folder, const std::function<void(const std::string&)>& line);

struct Compacted {
  std::uint64_t facts = 0;  // that were moved into archives
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;  // of journal.db
};

// Packs the facts of all turns but the last `keep_turns` (at least two) into archives and gives the room back to the
// disk. Nothing is forgotten. Safe to interrupt. Needs as much free disk as the journal is large.
Result<Compacted> compact(const std::filesystem::path& folder, std::uint64_t keep_turns = 1000);

// Makes the head file say what journal.db ends with: the way back from a lost head or an end that is gone for good.
// The audit log gets a row that says so, with the time `now`.
// Returns the sequence of the last fact.
Result<std::uint64_t> accept_end(const std::filesystem::path& folder, Time now);

}  // namespace dure::journal
