#include "dure/engine/local/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "dure/engine/record.h"

namespace dure::engine {
namespace {

// What a client is shown of what was written before it came.
constexpr std::size_t recent_bytes_max = std::size_t{64} * 1024;
// A client that does not keep up stops the job's writing, as a terminal of old does; so does a job that does not read.
constexpr std::size_t unsent_bytes_max = std::size_t{256} * 1024;
constexpr std::size_t keys_bytes_max = std::size_t{64} * 1024;

void set_window(int terminal, WindowSize size) {
  const winsize window{.ws_row = size.rows, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(terminal, TIOCSWINSZ, &window);
}

// One key takes away one character, not one byte of it.
void expect_utf8(int terminal) {
  termios settings{};
  if (::tcgetattr(terminal, &settings) != 0) return;
  settings.c_iflag |= IUTF8;
  ::tcsetattr(terminal, TCSANOW, &settings);
}

// Also of one whose keys nobody takes, so that it is not read from.
bool has_left(int client) {
  pollfd ends{.fd = client, .events = POLLRDHUP, .revents = 0};
  return ::poll(&ends, 1, 0) > 0 && (ends.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace

Result<Terminal> Terminal::open(const std::string& path, int epoll, const UnixAccount& account, OnOutput on_output) {
  Terminal terminal;
  terminal.path_ = path;
  terminal.epoll_ = epoll;
  terminal.on_output_ = std::move(on_output);
  {
    const UnixAccount::Guise guise(account);
    terminal.open_both_sides();
  }
  if (!terminal.job_side_) return tl::unexpected(system_error("cannot make", "a terminal"));
  expect_utf8(terminal.job_side_.get());
  set_window(terminal.master_.get(), {});
  auto listener = listen_at(path);
  if (!listener) return tl::unexpected(listener.error());
  terminal.listener_ = *std::move(listener);
  Watch listening;
  terminal.watch(terminal.listener_, listening, EPOLLIN);
  terminal.watch_all();
  return terminal;
}

// The kernel gives the job's side to whoever opens the other.
void Terminal::open_both_sides() {
  master_ = Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, 64> name{};
  const bool has_job_side =
      master_ && ::unlockpt(master_.get()) == 0 && ::ptsname_r(master_.get(), name.data(), name.size()) == 0;
  if (has_job_side) job_side_ = Fd(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
}

void Terminal::act() {
  accept();
  hear_client();
  carry_keys();
  carry_output();
  tell_client();
  watch_all();
}

bool Terminal::may_read_output() const { return !is_hung_up_ && unsent_.size() < unsent_bytes_max; }
bool Terminal::may_read_keys() const { return client_ && keys_.size() < keys_bytes_max; }

// Once: there is more to do than to listen to a job that never stops writing.
Traffic Terminal::carry_output() {
  if (!may_read_output()) return Traffic::would_block;
  std::string text;
  const Traffic traffic = read_some(master_.get(), text);
  is_hung_up_ = traffic == Traffic::closed;
  if (traffic != Traffic::went) return traffic;
  on_output_(text);
  if (client_) append_frames(unsent_, FrameKind::output, text);
  recent_ += text;
  // Not at every read: what is kept is moved.
  if (recent_.size() > 2 * recent_bytes_max) recent_.erase(0, recent_.size() - recent_bytes_max);
  return traffic;
}

void Terminal::carry_keys() {
  if (!keys_.empty() && write_some(master_.get(), keys_) == Traffic::closed) keys_.clear();
}

void Terminal::accept() {
  for (;;) {
    Fd newcomer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!newcomer) return;
    // One that has left and was not heard of yet makes room.
    hear_client();
    if (client_ && has_left(client_.get())) lose_client();
    if (client_) {
      refuse(newcomer);
      continue;
    }
    client_ = std::move(newcomer);
    const std::size_t missed = std::min(recent_.size(), recent_bytes_max);
    append_frames(unsent_, FrameKind::output, std::string_view(recent_).substr(recent_.size() - missed));
  }
}

void Terminal::refuse(const Fd& newcomer) {
  std::string sentence;
  append_frames(sentence, FrameKind::refusal, "somebody else is at the job's terminal; it has room for one");
  send_some(newcomer.get(), sentence);
}

void Terminal::hear_client() {
  if (!may_read_keys()) return;
  std::string bytes;
  const Traffic traffic = read_some(client_.get(), bytes);
  frames_.add(bytes);
  while (const auto frame = frames_.next()) obey(*frame);
  if (traffic == Traffic::closed || frames_.is_broken()) lose_client();
}

void Terminal::obey(const Frame& frame) {
  if (frame.kind == FrameKind::keys) keys_ += frame.bytes;
  if (frame.kind != FrameKind::window) return;
  if (const auto size = window_size_of(frame.bytes)) set_window(master_.get(), *size);
}

void Terminal::tell_client() {
  if (client_ && !unsent_.empty() && send_some(client_.get(), unsent_) == Traffic::closed) lose_client();
}

// The job goes on, and is not told.
void Terminal::lose_client() {
  client_.reset();
  client_watch_ = {};
  frames_ = {};
  unsent_.clear();
}

void Terminal::watch_all() {
  const auto when = [](bool is_wanted, std::uint32_t events) { return is_wanted ? events : 0; };
  watch(master_, master_watch_, is_hung_up_ ? 0 : when(may_read_output(), EPOLLIN) | when(!keys_.empty(), EPOLLOUT));
  if (client_) watch(client_, client_watch_, when(may_read_keys(), EPOLLIN) | when(!unsent_.empty(), EPOLLOUT));
}

// A descriptor of which nothing is wanted is not watched at all: the kernel would tell of its end again and again.
void Terminal::watch(const Fd& fd, Watch& watch, std::uint32_t events) {
  if (events == watch.events) return;
  epoll_event event{.events = events, .data = {.fd = fd.get()}};
  const int change = events == 0 ? EPOLL_CTL_DEL : watch.is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  ::epoll_ctl(epoll_, change, fd.get(), &event);
  watch = {.is_known = events != 0, .events = events};
}

void Terminal::finish(int stalled_ms_max) {
  ::unlink(path_.c_str());
  accept();
  listener_.reset();
  for (;;) {
    while (carry_output() == Traffic::went) {
    }
    const bool has_all = unsent_.size() < unsent_bytes_max;
    tell_client();
    if (unsent_.empty() && has_all) break;
    if (unsent_.empty()) continue;
    pollfd room{.fd = client_.get(), .events = POLLOUT, .revents = 0};
    if (::poll(&room, 1, stalled_ms_max) == 0) lose_client();
  }
  client_.reset();
}

}  // namespace dure::engine
