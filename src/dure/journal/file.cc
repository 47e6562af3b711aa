#include "dure/journal/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

namespace dure {
namespace {

std::string reason(int number) { return std::generic_category().message(number); }

// What the last holder wrote into the lock file; empty if it had no time to.
std::string written_pid(const File& lock) {
  std::array<std::byte, 32> text{};
  const auto size = lock.read_at(0, text);
  std::string pid(reinterpret_cast<const char*>(text.data()), size.value_or(0));
  return pid.substr(0, pid.find_first_not_of("0123456789"));
}

bool take_record_lock(const File& lock) {
  struct flock whole_file{.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
  return ::fcntl(lock.descriptor(), F_SETLK, &whole_file) == 0;
}

// Two locks, because neither is enough. The one of flock() is inherited: a program that is just being started by a
// process that is killed holds it on until it begins. The record lock is not, but does not keep a process from itself.
// Whoever gets the record lock waits for the other: only such a program can have it, or someone about to be refused.
Result<bool> take_both(const File& lock) {
  if (::flock(lock.descriptor(), LOCK_EX | LOCK_NB) == 0) return take_record_lock(lock);
  if (errno != EWOULDBLOCK) return lock.error("cannot be locked");
  if (written_pid(lock) == std::to_string(::getpid()) || !take_record_lock(lock)) return false;
  while (::flock(lock.descriptor(), LOCK_EX) != 0) {
    if (errno != EINTR) return lock.error("cannot be locked");
  }
  return true;
}

}  // namespace

Result<File> File::open(const std::filesystem::path& path, int flags) {
  File file;
  file.path_ = path;
  file.descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (file.descriptor_ < 0) return file.error("cannot be opened");
  return file;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::size_t> File::read_at(std::size_t offset, std::span<std::byte> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t size =
        ::pread(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return error("cannot be read");
    if (size == 0) break;
    done += static_cast<std::size_t>(size);
  }
  return done;
}

Result<void> File::write_at(std::size_t offset, std::span<const std::byte> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t size =
        ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return error("cannot be written");
    done += static_cast<std::size_t>(size);
  }
  return {};
}

Result<void> File::sync() const {
  if (::fdatasync(descriptor_) != 0) return error("cannot be written to the disk");
  return {};
}

tl::unexpected<Error> File::error(const char* what) const {
  return fail(Code::failed, fmt::format("{} {}: {}", path_.string(), what, reason(errno)));
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const auto file = File::open(folder, O_RDONLY | O_DIRECTORY);
  if (!file) return tl::unexpected(file.error());
  if (::fsync(file->descriptor()) != 0) return file->error("cannot be written to the disk");
  return {};
}

Result<File> lock_folder(const std::filesystem::path& folder) {
  auto file = File::open(folder / "lock", O_RDWR | O_CREAT);
  if (!file) return file;
  const auto is_ours = take_both(*file);
  if (!is_ours) return tl::unexpected(is_ours.error());
  if (!*is_ours) {
    const std::string pid = written_pid(*file);
    return fail(Code::unavailable,
                fmt::format("the journal in {} is in use by process {}; stop that one first, or name "
                            "another folder",
                            folder.string(), pid.empty() ? "unknown" : pid));
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(file->descriptor(), 0) != 0) return file->error("cannot be written");
  if (auto written = file->write_at(0, std::as_bytes(std::span(pid))); !written) {
    return tl::unexpected(written.error());
  }
  return file;
}

}  // namespace dure
