// For tests: somebody at a job's terminal.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "dure/engine/fd.h"
#include "dure/engine/local/terminal_link.h"

namespace dure::engine {

class TestClient {
 public:
  explicit TestClient(const std::string& path) {
    auto socket = connect_to(path);
    if (!socket) throw std::runtime_error(socket.error().message);
    socket_ = *std::move(socket);
  }

  void type(std::string_view keys) { send(FrameKind::keys, keys); }
  void resize(WindowSize size) { send(FrameKind::window, to_bytes(size)); }

  // The next frame; nothing when the other side has closed. A minute is for ever.
  std::optional<Frame> next() {
    for (;;) {
      if (auto frame = frames_.next()) return frame;
      constexpr int for_ever_ms = 60'000;
      pollfd wait{.fd = socket_.get(), .events = POLLIN, .revents = 0};
      EXPECT_EQ(::poll(&wait, 1, for_ever_ms), 1);
      std::string bytes;
      if (read_some(socket_.get(), bytes) != Traffic::went) return std::nullopt;
      frames_.add(bytes);
    }
  }
  // Reads until the text is on the screen; returns all that has been there.
  const std::string& await(std::string_view text) {
    while (screen_.find(text) == std::string::npos) {
      const auto frame = next();
      if (!frame) throw std::runtime_error("it was closed with no `" + std::string(text) + "` in: " + screen_);
      screen_ += frame->bytes;
    }
    return screen_;
  }
  const std::string& await_close() {
    while (const auto frame = next()) screen_ += frame->bytes;
    return screen_;
  }

 private:
  void send(FrameKind kind, std::string_view bytes) {
    std::string unsent;
    append_frames(unsent, kind, bytes);
    while (!unsent.empty() && send_some(socket_.get(), unsent) != Traffic::closed) {
    }
  }

  Fd socket_;
  FrameReader frames_;
  std::string screen_;
};

}  // namespace dure::engine
