#include "dure/simulate/outputs.h"

#include <fmt/format.h>

#include <fstream>
#include <system_error>

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

fs::path hidden(const fs::path& folder, std::string_view name) { return folder / fmt::format(".{}.unfinished", name); }
fs::path replaced(const fs::path& folder, std::string_view name) { return folder / fmt::format(".{}.replaced", name); }

Error cannot(std::string_view what, const fs::path& path, const std::string& why) {
  return {Code::failed, fmt::format("{}: {}: {}", path.string(), what, why)};
}

// A folder cannot be replaced by a file; better to say so before anything is.
Result<void> check_place(const fs::path& place) {
  std::error_code ignored;
  if (!fs::is_directory(fs::symlink_status(place, ignored))) return {};
  return fail(Code::failed,
              fmt::format("{}: found a folder where the file goes; move it away, or write elsewhere", place.string()));
}

// Puts one file into its place, and what was there aside. Changes nothing if it fails.
std::error_code put(const fs::path& folder, const std::string& name) {
  std::error_code error;
  std::error_code ignored;
  fs::remove(replaced(folder, name), ignored);
  fs::rename(folder / name, replaced(folder, name), error);
  if (error && error != std::errc::no_such_file_or_directory) return error;
  fs::rename(hidden(folder, name), folder / name, error);
  if (error) fs::rename(replaced(folder, name), folder / name, ignored);
  return error;
}

void take_back(const fs::path& folder, const std::string& name) {
  std::error_code ignored;
  fs::rename(folder / name, hidden(folder, name), ignored);
  fs::rename(replaced(folder, name), folder / name, ignored);
}

}  // namespace

Result<Outputs> Outputs::in(const fs::path& folder) {
  std::error_code error;
  const bool is_made = fs::create_directories(folder, error);
  if (error) return tl::unexpected<Error>(cannot("the folder cannot be made", folder, error.message()));
  return Outputs(folder, is_made);
}

Outputs::~Outputs() {
  if (names_.empty()) return;
  std::error_code ignored;
  for (const std::string& name : names_) fs::remove(hidden(folder_, name), ignored);
  if (is_made_) fs::remove(folder_, ignored);
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
    if (auto checked = check_place(folder_ / name); !checked) return checked;
  }
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const std::error_code error = put(folder_, names_[i]);
    if (!error) continue;
    for (std::size_t back = i; back-- > 0;) take_back(folder_, names_[back]);
    return tl::unexpected<Error>(cannot("cannot be put into place", folder_ / names_[i], error.message()));
  }
  std::error_code ignored;
  for (const std::string& name : names_) fs::remove(replaced(folder_, name), ignored);
  names_.clear();
  return {};
}

}  // namespace dure::simulate
