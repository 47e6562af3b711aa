// How whoever sits at a job's terminal and the job's supervisor talk: frames over a Unix socket in the attempt's
// folder, which nobody but the account that runs jobs can enter. A frame is its kind (a byte), its length (four, the
// lowest first), and its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/engine/fd.h"

namespace dure::engine {

enum class FrameKind : char {
  keys = 'k',     // to the supervisor: what was typed
  window = 'w',   // to the supervisor: rows and columns, two bytes each, the lower first
  output = 'o',   // to the client; the first one, which may be empty, says that it has been let in
  refusal = 'r',  // to the client, before it is sent away: a sentence
};

struct Frame {
  FrameKind kind = FrameKind::output;
  std::string bytes;
  bool operator==(const Frame&) const = default;
};

inline constexpr std::size_t frame_bytes_max = std::size_t{64} * 1024;

// Adds `bytes` to what is to be sent, in as many frames as they need, which is one at least.
void append_frames(std::string& unsent, FrameKind kind, std::string_view bytes);

struct WindowSize {
  std::uint16_t rows = 24;
  std::uint16_t columns = 80;
  bool operator==(const WindowSize&) const = default;
};
std::string to_bytes(WindowSize size);
std::optional<WindowSize> window_size_of(std::string_view bytes);

// Puts frames together again from what a socket gives.
class FrameReader {
 public:
  void add(std::string_view bytes) { unread_ += bytes; }
  // Nothing if the next one is not whole yet.
  std::optional<Frame> next();
  // True once a frame is longer than any may be: the other side speaks something else.
  bool is_broken() const { return is_broken_; }

 private:
  std::string unread_;
  bool is_broken_ = false;
};

// What a socket that never blocks made of a read or a write.
enum class Traffic : std::uint8_t { went, would_block, closed };
Traffic read_some(int fd, std::string& into);        // adds what is there, once
Traffic write_some(int fd, std::string& unsent);     // takes away what it could write
Traffic send_some(int socket, std::string& unsent);  // the same, and no SIGPIPE

// Both take the socket's path, of any length, and return a socket that never blocks.
Result<Fd> listen_at(const std::string& path);
// `not_found` if nobody listens there, `not_permitted` if it is another account's.
Result<Fd> connect_to(const std::string& path);

}  // namespace dure::engine
