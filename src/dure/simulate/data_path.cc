#include "dure/simulate/data_path.h"

#include <fmt/format.h>

#include <cstdlib>
#include <system_error>

#include "dure/spec/file.h"
#include "dure/spec/scalars.h"
#include "dure/spec/suggest.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

}  // namespace

Result<fs::path> find_data(const fs::path& start) {
  if (const char* stated = std::getenv("DURE_DATA"); stated != nullptr && *stated != '\0') {
    if (is_folder(stated)) return fs::path(stated);
    return fail(Code::not_found,
                fmt::format("DURE_DATA is '{}', which is no folder; set it to the folder of the data", stated));
  }
  std::error_code error;
  fs::path folder = fs::weakly_canonical(fs::absolute(start.empty() ? "." : start, error), error);
  while (!error) {
    const fs::path data = folder.parent_path() / "shared" / "data";
    if (is_folder(data)) return data;
    if (folder == folder.parent_path()) break;
    folder = folder.parent_path();
  }
  return fail(Code::not_found, "there is no shared/data beside the checkout; set DURE_DATA to the folder of the data");
}

Result<fs::path> resolve_path(std::string_view text, const fs::path& base) {
  constexpr std::string_view data_prefix = "data:";
  if (!text.starts_with(data_prefix)) return (base / fs::path(text)).lexically_normal();
  return find_data(base).map(
      [&](const fs::path& data) { return (data / fs::path(text.substr(data_prefix.size()))).lexically_normal(); });
}

std::optional<std::string> read_file_path(const spec::Node& node, const std::filesystem::path& base) {
  const auto line = spec::read_line(node);
  if (!line) return std::nullopt;
  const auto path = resolve_path(*line, base).and_then(spec::require_file);
  if (path) return path->string();
  node.refuse("found " + spec::quote(*line), path.error().message, path.error().code);
  return std::nullopt;
}

}  // namespace dure::simulate
