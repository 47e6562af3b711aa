#include "dure/engine/local/lock.h"

#include <fcntl.h>

namespace dure::engine {
namespace {

struct flock whole_file() { return {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0}; }

}  // namespace

Lock Lock::take(const std::string& path) {
  Lock lock;
  lock.file_ = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  struct flock request = whole_file();
  if (lock.file_ && ::fcntl(lock.file_.get(), F_SETLK, &request) != 0) lock.file_.reset();
  return lock;
}

pid_t holder(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  struct flock request = whole_file();
  if (!file || ::fcntl(file.get(), F_GETLK, &request) != 0 || request.l_type == F_UNLCK) return 0;
  return request.l_pid;
}

}  // namespace dure::engine
