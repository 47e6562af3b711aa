// The files of a run. They are written beside their places and renamed into them at the end, all or none.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"

namespace dure::simulate {

class Outputs {
 public:
  // Makes the folder if there is none.
  static Result<Outputs> in(const std::filesystem::path& folder);
  Outputs(Outputs&&) = default;
  Outputs& operator=(Outputs&&) = default;
  // Removes what was not committed.
  ~Outputs();

  // Where to write the file of that name until `commit`.
  std::filesystem::path unfinished(std::string_view name);
  Result<void> write(std::string_view name, std::string_view text);
  Result<void> commit();

 private:
  explicit Outputs(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
  std::vector<std::string> names_;
};

}  // namespace dure::simulate
