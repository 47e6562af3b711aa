#include "dure/cli/terminal_session.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string>

#include "dure/engine/local/terminal_link.h"

namespace dure::cli {
namespace {

using engine::FrameKind;
using engine::Traffic;

// Invariant: while it lives, the terminal of the standard input is raw, and the signals that would end the program or
// tell it of the terminal wait at `signals()`. All is as before when it is gone.
class RawTerminal {
 public:
  RawTerminal() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGWINCH, SIGCONT}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, &former_mask_);
    signals_ = engine::Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    ::tcgetattr(STDIN_FILENO, &former_);
    set_raw();
  }
  ~RawTerminal() {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &former_);
    pthread_sigmask(SIG_SETMASK, &former_mask_, nullptr);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  // Again, where a shell has changed it while the program was stopped.
  void set_raw() const {
    termios raw = former_;
    ::cfmakeraw(&raw);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  int signals() const { return signals_.get(); }

 private:
  termios former_{};
  sigset_t former_mask_{};
  engine::Fd signals_;
};

engine::WindowSize window_here() {
  winsize window{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0) return {};
  return {.rows = window.ws_row, .columns = window.ws_col};
}

class Session {
 public:
  Session(int socket, const Console& console) : socket_(socket), console_(console) {}

  Result<SessionEnd> run() {
    tell_window();
    while (!end_ && refusal_.empty()) pass();
    if (!refusal_.empty()) return fail(Code::failed, refusal_);
    return *end_;
  }

 private:
  void pass();
  void read_signals();
  void obey(int signal);
  void read_keys();
  void read_socket();
  void show(const engine::Frame& frame);
  void tell_window() { engine::append_frames(unsent_, FrameKind::window, to_bytes(window_here())); }

  int socket_;
  const Console& console_;
  const RawTerminal terminal_;
  engine::FrameReader frames_;
  std::string unsent_;
  bool is_let_in_ = false;
  std::optional<SessionEnd> end_;
  std::string refusal_;
};

// Keys are not taken faster than the job's side does.
void Session::pass() {
  const bool may_read_keys = unsent_.empty();
  const auto to_socket = static_cast<short>(POLLIN | (unsent_.empty() ? 0 : POLLOUT));
  std::array<pollfd, 3> ready{{{.fd = terminal_.signals(), .events = POLLIN, .revents = 0},
                               {.fd = may_read_keys ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0},
                               {.fd = socket_, .events = to_socket, .revents = 0}}};
  if (::poll(ready.data(), ready.size(), -1) < 0) return;
  if (ready[0].revents != 0) read_signals();
  if (ready[1].revents != 0) read_keys();
  // A job that has ended reads no more; what it wrote last is still to come.
  if (!unsent_.empty() && engine::send_some(socket_, unsent_) == Traffic::closed) unsent_.clear();
  if (ready[2].revents != 0) read_socket();
}

void Session::read_signals() {
  signalfd_siginfo signal{};
  while (::read(terminal_.signals(), &signal, sizeof signal) == sizeof signal) {
    obey(static_cast<int>(signal.ssi_signo));
  }
}

void Session::obey(int signal) {
  if (signal == SIGCONT) terminal_.set_raw();
  if (signal == SIGCONT || signal == SIGWINCH) return tell_window();
  end_ = signal == SIGHUP ? SessionEnd::hung_up : SessionEnd::told_to_end;
}

void Session::read_keys() {
  std::string keys;
  if (engine::read_some(STDIN_FILENO, keys) == Traffic::closed) end_ = SessionEnd::hung_up;
  if (!keys.empty()) engine::append_frames(unsent_, FrameKind::keys, keys);
}

void Session::read_socket() {
  std::string bytes;
  const Traffic traffic = engine::read_some(socket_, bytes);
  frames_.add(bytes);
  while (const auto frame = frames_.next()) {
    is_let_in_ = true;
    show(*frame);
  }
  console_.flush();
  if (std::ferror(console_.out) != 0) end_ = SessionEnd::hung_up;
  if (traffic == Traffic::closed && !end_) end_ = is_let_in_ ? SessionEnd::closed : SessionEnd::missed;
}

void Session::show(const engine::Frame& frame) {
  if (frame.kind == FrameKind::output) console_.print(frame.bytes);
  if (frame.kind == FrameKind::refusal) refusal_ = frame.bytes;
}

}  // namespace

Result<SessionEnd> sit_at_terminal(const engine::Fd& socket, const Console& console) {
  return Session(socket.get(), console).run();
}

}  // namespace dure::cli
