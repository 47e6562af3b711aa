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
  // Removes what was not committed; the folder too, if it was made for that and is empty.
  ~Outputs();

  // Where to write the file of that name until `commit`.
  std::filesystem::path unfinished(std::string_view name);
  Result<void> write(std::string_view name, std::string_view text);
  Result<void> commit();

 private:
  Outputs(std::filesystem::path folder, bool is_made) : folder_(std::move(folder)), is_made_(is_made) {}

  std::filesystem::path folder_;
  bool is_made_ = false;
  std::vector<std::string> names_;  // not committed yet
};

}  // namespace dure::simulate
