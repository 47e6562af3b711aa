#include "dure/engine/local/launcher_link.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "dure/engine/record.h"

namespace dure::engine {
namespace {

Error link_error(std::string_view doing, const std::string& what) {
  const bool is_refused = errno == EACCES || errno == EPERM;
  Error error = system_error(doing, what);
  error.code = is_refused ? Code::not_permitted : Code::unavailable;
  return error;
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Code::failed, "the socket's name is too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

Fd packet_socket() { return Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)); }

// The file that came along, if one did.
Fd file_in(msghdr& message) {
  Fd file;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(part), sizeof fd);
    file = Fd(fd);
  }
  return file;
}

std::vector<std::string> words_of(std::string_view bytes) {
  std::vector<std::string> words;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\0'), bytes.size());
    words.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(bytes.size(), end + 1));
  }
  return words;
}

}  // namespace

Result<void> send_message(const Fd& socket, const std::vector<std::string>& words, const Fd& file) {
  std::string bytes;
  for (const std::string& word : words) bytes += word + '\0';
  if (bytes.size() > message_bytes_max) return fail(Code::invalid_argument, "a message to the launcher is too long");
  iovec text{.iov_base = bytes.data(), .iov_len = bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> aside{};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  if (file) {
    message.msg_control = aside.data();
    message.msg_controllen = aside.size();
    cmsghdr* part = CMSG_FIRSTHDR(&message);
    *part = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    const int fd = file.get();
    std::memcpy(CMSG_DATA(part), &fd, sizeof fd);
  }
  if (::sendmsg(socket.get(), &message, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())) return {};
  return tl::unexpected(link_error("cannot write to", "the launcher's socket"));
}

Result<Message> receive_message(const Fd& socket) {
  std::array<char, message_bytes_max> bytes;
  iovec text{.iov_base = bytes.data(), .iov_len = bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> aside{};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  message.msg_control = aside.data();
  message.msg_controllen = aside.size();
  ssize_t size = 0;
  do {
    size = ::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return tl::unexpected(link_error("cannot read from", "the launcher's socket"));
  Fd file = file_in(message);
  if (size == 0) return fail(Code::unavailable, "the launcher's socket was closed");
  if ((message.msg_flags & MSG_TRUNC) != 0) return fail(Code::failed, "a message at the launcher's socket is too long");
  return Message{.words = words_of({bytes.data(), static_cast<std::size_t>(size)}), .file = std::move(file)};
}

void limit_waiting(const Fd& socket, int timeout_ms) {
  const timeval timeout{.tv_sec = timeout_ms / 1'000, .tv_usec = timeout_ms % 1'000 * 1'000};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
}

Result<Fd> connect_to_launcher(const std::string& path, int timeout_ms) {
  const auto address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  Fd socket = packet_socket();
  limit_waiting(socket, timeout_ms);
  if (socket && ::connect(socket.get(), generic(*address), sizeof *address) == 0) return socket;
  return tl::unexpected(link_error("cannot reach the launcher at", path));
}

Result<Fd> listen_as_launcher(const std::string& path, unsigned uid) {
  const auto address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  Fd socket = packet_socket();
  ::unlink(path.c_str());
  const mode_t former = ::umask(0177);
  const bool is_bound = socket && ::bind(socket.get(), generic(*address), sizeof *address) == 0;
  ::umask(former);
  const bool listens =
      is_bound && ::lchown(path.c_str(), uid, static_cast<gid_t>(-1)) == 0 && ::listen(socket.get(), 64) == 0;
  if (!listens) return tl::unexpected(system_error("cannot listen at", path));
  return socket;
}

}  // namespace dure::engine
