#include "dure/engine/local/terminal_link.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "dure/engine/record.h"

namespace dure::engine {
namespace {

constexpr std::size_t header_bytes = 5;

unsigned byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

std::size_t length_of(std::string_view header) {
  std::size_t length = 0;
  for (std::size_t i = header_bytes; i-- > 1;) length = length << 8 | byte_at(header, i);
  return length;
}

Traffic traffic_of(ssize_t size) {
  if (size > 0) return Traffic::went;
  return size < 0 && (errno == EAGAIN || errno == EINTR) ? Traffic::would_block : Traffic::closed;
}

Traffic note_sent(ssize_t size, std::string& unsent) {
  const Traffic traffic = traffic_of(size);
  if (traffic == Traffic::went) unsent.erase(0, static_cast<std::size_t>(size));
  return traffic;
}

// A socket's address holds 107 bytes of a path, so it names the folder by a descriptor.
struct Address {
  Fd folder;
  sockaddr_un name{};
};

Error socket_error(std::string_view doing, const std::string& what) {
  const int number = errno;
  Error error = system_error(doing, what);
  if (number == ENOENT || number == ECONNREFUSED) error.code = Code::not_found;
  if (number == EACCES || number == EPERM) error.code = Code::not_permitted;
  return error;
}

Result<Address> short_address_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  Address address;
  address.folder = Fd(::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!address.folder) return tl::unexpected(socket_error("cannot enter", path.substr(0, slash)));
  const std::string text = "/proc/self/fd/" + std::to_string(address.folder.get()) + path.substr(slash);
  if (text.size() >= sizeof address.name.sun_path) return fail(Code::failed, "the socket's name is too long: " + path);
  address.name.sun_family = AF_UNIX;
  std::memcpy(address.name.sun_path, text.c_str(), text.size() + 1);
  return address;
}

const sockaddr* generic(const Address& address) { return reinterpret_cast<const sockaddr*>(&address.name); }

Fd stream_socket() { return Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

}  // namespace

void append_frames(std::string& unsent, FrameKind kind, std::string_view bytes) {
  do {
    const std::string_view part = bytes.substr(0, frame_bytes_max);
    unsent += static_cast<char>(kind);
    for (std::size_t shift = 0; shift < 32; shift += 8) unsent += static_cast<char>(part.size() >> shift & 0xff);
    unsent += part;
    bytes.remove_prefix(part.size());
  } while (!bytes.empty());
}

std::string to_bytes(WindowSize size) {
  return {static_cast<char>(size.rows & 0xff), static_cast<char>(size.rows >> 8),
          static_cast<char>(size.columns & 0xff), static_cast<char>(size.columns >> 8)};
}

std::optional<WindowSize> window_size_of(std::string_view bytes) {
  if (bytes.size() != 4) return std::nullopt;
  const auto number = [&](std::size_t i) {
    return static_cast<std::uint16_t>(byte_at(bytes, i) | byte_at(bytes, i + 1) << 8);
  };
  return WindowSize{.rows = number(0), .columns = number(2)};
}

std::optional<Frame> FrameReader::next() {
  if (is_broken_ || unread_.size() < header_bytes) return std::nullopt;
  const std::size_t length = length_of(unread_);
  is_broken_ = length > frame_bytes_max;
  if (is_broken_ || unread_.size() < header_bytes + length) return std::nullopt;
  Frame frame{.kind = static_cast<FrameKind>(unread_[0]), .bytes = unread_.substr(header_bytes, length)};
  unread_.erase(0, header_bytes + length);
  return frame;
}

Traffic read_some(int fd, std::string& into) {
  std::array<char, frame_bytes_max> buffer;
  const ssize_t size = ::read(fd, buffer.data(), buffer.size());
  const Traffic traffic = traffic_of(size);
  if (traffic == Traffic::went) into.append(buffer.data(), static_cast<std::size_t>(size));
  return traffic;
}

Traffic write_some(int fd, std::string& unsent) { return note_sent(::write(fd, unsent.data(), unsent.size()), unsent); }

Traffic send_some(int socket, std::string& unsent) {
  return note_sent(::send(socket, unsent.data(), unsent.size(), MSG_NOSIGNAL), unsent);
}

Result<Fd> listen_at(const std::string& path) {
  const auto address = short_address_of(path);
  if (!address) return tl::unexpected(address.error());
  Fd socket = stream_socket();
  const bool listens = socket && ::bind(socket.get(), generic(*address), sizeof address->name) == 0 &&
                       ::chmod(path.c_str(), 0600) == 0 && ::listen(socket.get(), 8) == 0;
  if (!listens) return tl::unexpected(system_error("cannot listen at", path));
  return socket;
}

Result<Fd> connect_to(const std::string& path) {
  const auto address = short_address_of(path);
  if (!address) return tl::unexpected(address.error());
  Fd socket = stream_socket();
  if (socket && ::connect(socket.get(), generic(*address), sizeof address->name) == 0) return socket;
  return tl::unexpected(socket_error("cannot reach", path));
}

}  // namespace dure::engine
