#include "dure/simulate/outputs.h"

#include <fmt/format.h>

#include <fstream>
#include <system_error>

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

fs::path hidden(const fs::path& folder, std::string_view name) { return folder / fmt::format(".{}.unfinished", name); }

Error cannot(std::string_view what, const fs::path& path, const std::string& why) {
  return {Code::failed, fmt::format("{}: {}: {}", path.string(), what, why)};
}

}  // namespace

Result<Outputs> Outputs::in(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return tl::unexpected<Error>(cannot("the folder cannot be made", folder, error.message()));
  return Outputs(folder);
}

Outputs::~Outputs() {
  std::error_code ignored;
  for (const std::string& name : names_) fs::remove(hidden(folder_, name), ignored);
}

fs::path Outputs::unfinished(std::string_view name) {
  names_.emplace_back(name);
  return hidden(folder_, name);
}

Result<void> Outputs::write(std::string_view name, std::string_view text) {
  const fs::path path = unfinished(name);
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) return tl::unexpected<Error>(cannot("cannot be written", path, "is the disk full?"));
  return {};
}

Result<void> Outputs::commit() {
  for (const std::string& name : names_) {
    std::error_code error;
    fs::rename(hidden(folder_, name), folder_ / name, error);
    if (error) return tl::unexpected<Error>(cannot("cannot be put into place", folder_ / name, error.message()));
  }
  names_.clear();
  return {};
}

}  // namespace dure::simulate
