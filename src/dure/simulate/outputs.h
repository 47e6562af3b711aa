// The files of a run, or of several. They are written beside their places and renamed into them at the end, all or
// none.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"

namespace dure::simulate {

class Outputs {
 public:
  // Makes the folder, and those above it, if there is none.
  static Result<Outputs> in(const std::filesystem::path& folder);
  Outputs(Outputs&&) = default;
  Outputs& operator=(Outputs&&) = delete;
  // Removes what was not committed, and the folders that were made for that and are empty.
  ~Outputs();

  // Where to write the file of that name until `commit`.
  std::filesystem::path unfinished(std::string_view name);
  Result<void> write(std::string_view name, std::string_view text);
  // Outputs in a folder below. They end before these do: they are joined, to be committed with them, or given up.
  Result<Outputs> below(std::string_view folder);
  void join(Outputs other);
  Result<void> commit();

 private:
  explicit Outputs(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
  std::vector<std::filesystem::path> made_;    // folders that were not there
  std::vector<std::filesystem::path> places_;  // of files that are not committed yet
};

}  // namespace dure::simulate
