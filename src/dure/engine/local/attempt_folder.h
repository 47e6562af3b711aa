// An attempt as its folder shows it, without knowledge of what this process did before.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "dure/engine/attempt.h"
#include "dure/engine/fd.h"
#include "dure/engine/local/records.h"

namespace dure::engine {

class AttemptFolder {
 public:
  explicit AttemptFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  bool exists() const;
  bool has(const char* name) const;

  // Writes what is to be run and makes the folder appear, complete, under its name.
  Result<void> create(const Launch& launch, const std::string& script) const;
  void remove() const;

  // A handle on the living supervisor, readable when it ends; none if there is no supervisor.
  Fd supervisor() const;
  std::optional<Time> started_at() const;

  // Returns the end that its supervisor recorded. If there is none, has what is left of it killed and records its loss;
  // fails, and records nothing, if that cannot be done now. Nothing if a supervisor lives.
  Result<std::optional<Ending>> end_unwatched(const std::function<Result<void>()>& kill_what_is_left) const;
  // What this process has the right to kill. Requires that no supervisor lives.
  void kill_leftovers() const;

 private:
  Ending loss() const;

  std::string path_;
};

}  // namespace dure::engine
