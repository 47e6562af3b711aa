#include "dure/engine/slurm/given_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "dure/engine/guise.h"
#include "dure/engine/record.h"

namespace dure::engine {
namespace {

constexpr int quietly = O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK;

Error no_rights(const std::string& path) {
  return {Code::not_permitted, "cannot act in " + path + " as its account: the server needs root's rights"};
}

std::vector<std::string> names_in(int folder, std::size_t most) {
  std::vector<std::string> names;
  const int fd = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fd >= 0 ? ::fdopendir(fd) : nullptr, ::closedir);
  if (!entries && fd >= 0) ::close(fd);
  while (entries && names.size() < most) {
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  return names;
}

bool remove_one(int folder, const std::string& name) {
  return ::unlinkat(folder, name.c_str(), 0) == 0 || ::unlinkat(folder, name.c_str(), AT_REMOVEDIR) == 0;
}

// Brings all that is in a folder of `top` up into `top`, whatever its depth: two descriptors are enough for any tree.
// Returns whether anything has changed.
bool lift(int top, const std::string& name, std::size_t& names, std::size_t& lifted) {
  ::fchmodat(top, name.c_str(), 0700, AT_SYMLINK_NOFOLLOW);
  const Fd folder(::openat(top, name.c_str(), O_RDONLY | O_DIRECTORY | quietly));
  if (!folder) return false;
  bool has_changed = false;
  for (const std::string& inner : names_in(folder.get(), names)) {
    --names;
    if (remove_one(folder.get(), inner)) {
      has_changed = true;
      continue;
    }
    ::fchmodat(folder.get(), inner.c_str(), 0700, AT_SYMLINK_NOFOLLOW);
    const std::string above = ".lifted-" + std::to_string(++lifted);
    has_changed |= ::renameat(folder.get(), inner.c_str(), top, above.c_str()) == 0;
  }
  return remove_one(top, name) || has_changed;
}

}  // namespace

std::optional<GivenFolder> GivenFolder::find(std::string path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
  return GivenFolder(std::move(path), status.st_uid, status.st_gid);
}

Fd GivenFolder::open() const { return Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | quietly)); }

Result<void> GivenFolder::write(const std::string& name, std::string_view text, mode_t mode) const {
  const Guise guise(uid_, gid_, {gid_});
  if (!guise) return tl::unexpected(no_rights(path_));
  const Fd folder = open();
  if (!folder) return tl::unexpected(system_error("cannot open", path_));
  const std::string fresh = name + ".new";
  ::unlinkat(folder.get(), fresh.c_str(), 0);
  const Fd file(::openat(folder.get(), fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | quietly, mode));
  if (!file || !write_all(file.get(), text) || ::fchmod(file.get(), mode) != 0) {
    return tl::unexpected(system_error("cannot write", path_ + '/' + fresh));
  }
  if (::renameat(folder.get(), fresh.c_str(), folder.get(), name.c_str()) != 0) {
    return tl::unexpected(system_error("cannot write", path_ + '/' + name));
  }
  return {};
}

std::optional<std::string> GivenFolder::read(const std::string& name, Part part, std::size_t most) const {
  const Guise guise(uid_, gid_, {gid_});
  if (!guise) return std::nullopt;
  const Fd folder = open();
  const Fd file(folder ? ::openat(folder.get(), name.c_str(), O_RDONLY | quietly) : -1);
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1) {
    return std::nullopt;
  }
  std::string text(most, '\0');
  const off_t from = part == Part::first ? 0 : std::max<off_t>(status.st_size - static_cast<off_t>(most), 0);
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), from);
  if (size < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(size));
  return text;
}

GivenFolder::Cleared GivenFolder::clear(std::size_t& names) const {
  const Guise guise(uid_, gid_, {gid_});
  if (!guise) return Cleared::not_permitted;
  ::chmod(path_.c_str(), 0700);  // its account may have closed it
  const Fd folder = open();
  if (!folder) return Cleared::not_permitted;
  std::size_t lifted = 0;
  while (names > 0) {
    const auto found = names_in(folder.get(), names);
    if (found.empty()) return Cleared::all;
    bool has_changed = false;
    for (const std::string& name : found) {
      if (names == 0) break;
      --names;
      has_changed |= remove_one(folder.get(), name) || lift(folder.get(), name, names, lifted);
    }
    if (!has_changed) return Cleared::not_permitted;
  }
  return Cleared::in_part;
}

}  // namespace dure::engine
