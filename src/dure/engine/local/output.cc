#include "dure/engine/local/output.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "dure/engine/local/reach.h"
#include "dure/engine/record.h"

namespace dure::engine {

Result<OutputFile> OutputFile::open(const std::string& path, bool appends, std::int64_t bytes_max) {
  OutputFile output;
  output.path_ = path;
  auto file = open_plain(path, O_WRONLY | O_CREAT | O_APPEND, "cannot write its output");
  if (!file) return tl::unexpected(file.error());
  output.file_ = *std::move(file);
  if (!appends) (void)!::ftruncate(output.file_.get(), 0);  // fails on /dev/null
  struct stat status{};
  ::fstat(output.file_.get(), &status);
  output.bytes_left_ = std::max(std::int64_t{0}, bytes_max - (S_ISREG(status.st_mode) ? status.st_size : 0));
  return output;
}

void OutputFile::write(std::string_view text) {
  if (is_full_) return;
  const std::size_t fits = std::min(text.size(), static_cast<std::size_t>(bytes_left_));
  put(text.substr(0, fits));
  bytes_left_ -= static_cast<std::int64_t>(fits);
  if (fits == text.size()) return;
  is_full_ = true;
  put("\noutput stops here: this file has reached its bound, what came after it was dropped\n");
}

void OutputFile::put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    // A full disk loses output; it must not stop the job.
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

Result<std::size_t> Outputs::file(const std::string& path, bool appends) {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (files_[i].path() == path) return i;
  }
  auto opened = OutputFile::open(path, appends, bytes_max_);
  if (!opened) return tl::unexpected(opened.error());
  files_.push_back(*std::move(opened));
  return files_.size() - 1;
}

Result<Fd> Outputs::pipe_into(std::size_t file, int epoll) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tl::unexpected(system_error("cannot make", "a pipe"));
  Fd reader(ends[0]);
  Fd writer(ends[1]);
  ::fcntl(reader.get(), F_SETFL, O_NONBLOCK);
  epoll_event event{.events = EPOLLIN, .data = {.fd = reader.get()}};
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, reader.get(), &event) != 0) {
    return tl::unexpected(system_error("cannot watch", "a pipe"));
  }
  pipes_.push_back({std::move(reader), file});
  return writer;
}

Outputs::Left Outputs::read_once(const Pipe& pipe) {
  static std::array<char, 65536> buffer;
  const ssize_t size = ::read(pipe.reader.get(), buffer.data(), buffer.size());
  if (size < 0) return errno == EINTR ? Left::more : Left::nothing_now;
  if (size == 0) return Left::closed;
  files_[pipe.file].write({buffer.data(), static_cast<std::size_t>(size)});
  return Left::more;
}

void Outputs::carry(int fd) {
  const auto pipe = std::find_if(pipes_.begin(), pipes_.end(), [&](const Pipe& one) { return one.reader.get() == fd; });
  if (pipe != pipes_.end() && read_once(*pipe) == Left::closed) pipes_.erase(pipe);
}

void Outputs::drain() {
  // A process outside the job may hold such a pipe: what it goes on to print is not waited for.
  constexpr int reads_max = 1024;
  for (const Pipe& pipe : pipes_) {
    for (int reads = 0; reads < reads_max && read_once(pipe) == Left::more; ++reads) {
    }
  }
  pipes_.clear();
}

}  // namespace dure::engine
