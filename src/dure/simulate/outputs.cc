#include "dure/simulate/outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <system_error>
#include <utility>

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& place, std::string_view state) {
  return place.parent_path() / fmt::format(".{}.{}", place.filename().string(), state);
}
fs::path hidden(const fs::path& place) { return beside(place, "unfinished"); }
fs::path replaced(const fs::path& place) { return beside(place, "replaced"); }

Error cannot(std::string_view what, const fs::path& path, const std::string& why) {
  return {Code::failed, fmt::format("{}: {}: {}", path.string(), what, why)};
}

tl::unexpected<Error> cannot_make(const fs::path& folder, const std::error_code& error) {
  return tl::unexpected<Error>(cannot("the folder cannot be made", folder, error.message()));
}

// A folder cannot be replaced by a file; better to say so before anything is.
Result<void> check_place(const fs::path& place) {
  std::error_code ignored;
  if (!fs::is_directory(fs::symlink_status(place, ignored))) return {};
  return fail(Code::failed,
              fmt::format("{}: found a folder where the file goes; move it away, or write elsewhere", place.string()));
}

// Puts one file into its place, and what was there aside. Changes nothing if it fails.
std::error_code put(const fs::path& place) {
  std::error_code error;
  std::error_code ignored;
  fs::remove(replaced(place), ignored);
  fs::rename(place, replaced(place), error);
  if (error && error != std::errc::no_such_file_or_directory) return error;
  fs::rename(hidden(place), place, error);
  if (error) fs::rename(replaced(place), place, ignored);
  return error;
}

void take_back(const fs::path& place) {
  std::error_code ignored;
  fs::rename(place, hidden(place), ignored);
  fs::rename(replaced(place), place, ignored);
}

// Makes `folder` and those above it; appends the ones that were not there, from the top.
std::error_code make(const fs::path& folder, std::vector<fs::path>& made) {
  std::error_code ignored;
  if (folder.empty() || fs::is_directory(folder, ignored)) return {};
  if (const auto error = make(folder.parent_path(), made)) return error;
  std::error_code error;
  if (fs::create_directory(folder, error)) made.push_back(folder);
  return error;
}

// Those below first. One that somebody else has put a file into stays.
void remove_folders(std::vector<fs::path> made) {
  std::error_code ignored;
  std::sort(made.begin(), made.end(), std::greater());
  for (const fs::path& folder : made) fs::remove(folder, ignored);
}

}  // namespace

Result<Outputs> Outputs::in(const fs::path& folder) {
  Outputs outputs(folder);
  if (const std::error_code error = make(outputs.folder_, outputs.made_)) return cannot_make(folder, error);
  return outputs;
}

// The folder is for this object to remove: it lasts longer.
Result<Outputs> Outputs::below(std::string_view folder) {
  Outputs outputs(folder_ / folder);
  if (const std::error_code error = make(outputs.folder_, made_)) return cannot_make(outputs.folder_, error);
  return outputs;
}

Outputs::~Outputs() {
  std::error_code ignored;
  for (const fs::path& place : places_) fs::remove(hidden(place), ignored);
  remove_folders(made_);
}

fs::path Outputs::unfinished(std::string_view name) { return hidden(places_.emplace_back(folder_ / name)); }

Result<void> Outputs::write(std::string_view name, std::string_view text) {
  const fs::path path = unfinished(name);
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) return tl::unexpected<Error>(cannot("cannot be written", path, "is the disk full?"));
  return {};
}

void Outputs::join(Outputs other) {
  places_.insert(places_.end(), std::make_move_iterator(other.places_.begin()),
                 std::make_move_iterator(other.places_.end()));
  other.places_.clear();
}

Result<void> Outputs::commit() {
  for (const fs::path& place : places_) {
    if (auto checked = check_place(place); !checked) return checked;
  }
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const std::error_code error = put(places_[i]);
    if (!error) continue;
    for (std::size_t back = i; back-- > 0;) take_back(places_[back]);
    return tl::unexpected<Error>(cannot("cannot be put into place", places_[i], error.message()));
  }
  std::error_code ignored;
  for (const fs::path& place : places_) fs::remove(replaced(place), ignored);
  places_.clear();
  made_.clear();
  return {};
}

}  // namespace dure::simulate
