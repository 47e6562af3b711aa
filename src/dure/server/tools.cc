#include "dure/server/tools.h"

#include <fmt/format.h>

#include <string>
#include <system_error>

namespace dure::server {
namespace {

namespace fs = std::filesystem;

// Replaces what is there in one step, so that no job ever misses it.
void link(const fs::path& program, const fs::path& name, std::error_code& error) {
  const fs::path fresh = name.string() + ".new";
  fs::remove(fresh, error);
  if (!error) fs::create_symlink(program, fresh, error);
  if (!error) fs::rename(fresh, name, error);
}

}  // namespace

Result<fs::path> find_or_make_tools(const fs::path& folder) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path installed = program.parent_path().parent_path() / "lib/dure/tools";
  if (fs::exists(installed / "srun", error)) return installed;
  fs::path tools = fs::absolute(folder, error);
  if (!error) fs::create_directories(tools, error);
  for (const char* name : {"dure", "srun"}) {
    if (!error) link(program, tools / name, error);
  }
  if (!error) return tools;
  return fail(Code::failed, fmt::format("{}: cannot be written ({}); check the folder and the disk", folder.string(),
                                        error.message()));
}

}  // namespace dure::server
