#include "durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

namespace dure::train {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  int number_;
};

tl::unexpected<Error> cannot(const char* what, const std::filesystem::path& path) {
  return fail(Code::failed, std::string("cannot ") + what + " " + path.string() + ": " + std::strerror(errno));
}

bool write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// Makes the names in a folder as durable as the files.
bool sync_folder(const std::filesystem::path& folder) {
  const Descriptor open(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return open.is_open() && ::fsync(open.number()) == 0;
}

Result<void> write_synced(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file.is_open() || !write_all(file.number(), bytes) || ::fsync(file.number()) != 0) return cannot("write", path);
  return {};
}

}  // namespace

Result<void> write_durably(const std::filesystem::path& path, std::span<const std::byte> bytes,
                           const std::optional<std::filesystem::path>& previous) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const std::filesystem::path unfinished = path.string() + ".new";
  if (const auto written = write_synced(unfinished, bytes); !written) {
    ::unlink(unfinished.c_str());
    return written;
  }
  if (previous && ::rename(path.c_str(), previous->c_str()) != 0 && errno != ENOENT) return cannot("rename", path);
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return cannot("rename", unfinished);
  if (!sync_folder(folder)) return cannot("sync", folder);
  return {};
}

Result<std::optional<std::vector<std::byte>>> read_if_there(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return std::nullopt;
  struct stat status{};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0) return cannot("read", path);
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
  for (std::size_t begin = 0; begin < bytes.size();) {
    const ssize_t got = ::read(file.number(), bytes.data() + begin, bytes.size() - begin);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", path);
    if (got == 0) bytes.resize(begin);
    begin += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace dure::train
