// What a job runs: all that its engine needs and no decision depends on. The journal keeps it as a blob by the hash of
// its bytes; the state knows the hash alone.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/hash.h"
#include "dure/base/time.h"

namespace dure {

// XXH3-128 of the canonical bytes; all zero where there is nothing, as in simulations.
struct BlobId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  constexpr auto operator<=>(const BlobId&) const = default;
  constexpr bool is_none() const { return high == 0 && low == 0; }
};

inline BlobId blob_id(std::span<const std::byte> bytes) {
  const Hash128 hash = hash_128(bytes);
  return {.high = hash.high, .low = hash.low};
}

// How the script runs: once for each task, once for the whole job, on its first node, or on a terminal, of a job that
// has one task.
enum class Launch : std::uint8_t { per_task, once, terminal };
constexpr Launch last_of(Launch) { return Launch::terminal; }

struct Variable {
  std::string name;  // [A-Za-z_][A-Za-z0-9_]*, or BASH_FUNC_name%% as bash exports a function
  std::string value;
  auto operator<=>(const Variable&) const = default;
};

// A signal that its user asked for, so long before the time limit ends the job.
struct EarlySignal {
  std::string signal;  // as in USR1
  Duration before;
  bool script_alone = false;  // sent to the script's own process, not to all
};

struct JobText {
  Launch launch = Launch::per_task;
  std::string script;                  // run by its #! line, else by /bin/sh
  std::vector<std::string> arguments;  // of the script
  std::vector<Variable> environment;   // by name; what Dure sets comes on top
  std::string directory;               // absolute; empty: the job's own
  // File names, relative to `directory`: %j job, %A array, %a index, %x name, %t task (%% a per cent sign).
  std::string output;  // empty: one file a task in the job's own folder
  std::string error;   // empty: where `output` goes
  bool appends = false;
  std::string checkpoint_signal = "USR1";
  std::optional<EarlySignal> early_signal;
};

template <class Archive>
void fields(Archive& archive, Like<BlobId> auto& id) {
  archive(id.high);
  archive(id.low);
}

template <class Archive>
void fields(Archive& archive, Like<Variable> auto& variable) {
  archive(variable.name);
  archive(variable.value);
}

template <class Archive>
void fields(Archive& archive, Like<EarlySignal> auto& signal) {
  archive(signal.signal);
  archive(signal.before);
  archive(signal.script_alone);
}

template <class Archive>
void fields(Archive& archive, Like<JobText> auto& text) {
  archive(text.launch);
  archive(text.script);
  archive(text.arguments);
  archive(text.environment);
  archive(text.directory);
  archive(text.output);
  archive(text.error);
  archive(text.appends);
  archive(text.checkpoint_signal);
  archive(text.early_signal);
}

}  // namespace dure
