#include "dure/http/handshaker.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <tuple>
#include <utility>
#include <vector>

namespace dure::http {
namespace {

using boost::system::error_code;

// For who speaks HTTP to a port of TLS: a sentence in place of a closed door.
constexpr std::string_view plain_answer =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: 121\r\n"
    "Connection: close\r\n\r\n"
    R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"this port speaks TLS; use an address of https://..."})"
    "\n";

}  // namespace

Handshaker::Handshaker(const ServerOptions& options, OnDone on_done)
    : options_(options), on_done_(std::move(on_done)), certificate_(options.certificate) {}

void Handshaker::run() {
  tick();
  context_.run();
}

void Handshaker::set_certificate(std::shared_ptr<const Certificate> certificate) {
  const std::lock_guard lock(mutex_);
  certificate_ = std::move(certificate);
}

std::shared_ptr<const Certificate> Handshaker::certificate() {
  const std::lock_guard lock(mutex_);
  return certificate_;
}

void Handshaker::adopt(Socket socket) {
  std::unique_lock lock(mutex_);
  arrivals_.push_back(std::move(socket));
  const bool calls = !std::exchange(is_called_, true);
  lock.unlock();
  if (calls) boost::asio::post(context_, [this] { begin_some(); });
}

bool Handshaker::is_behind() {
  const std::lock_guard lock(mutex_);
  return arrivals_.size() >= options_.handshakes_max;
}

// A few at a time: in between, those who have begun go on.
void Handshaker::begin_some() {
  std::vector<Socket> some;
  {
    const std::lock_guard lock(mutex_);
    while (!arrivals_.empty() && some.size() < 16) {
      some.push_back(std::move(arrivals_.front()));
      arrivals_.pop_front();
    }
    is_called_ = !arrivals_.empty();
    if (is_called_) boost::asio::post(context_, [this] { begin_some(); });
  }
  for (Socket& socket : some) begin(std::move(socket));
}

void Handshaker::begin(Socket socket) {
  make_room();
  error_code error;
  std::ignore = socket.non_blocking(true, error);
  if (error) return;  // closes it
  const int number = socket.native_handle();
  const auto handshake = std::make_shared<Handshake>(Handshake{
      .socket = std::move(socket),
      .session = TlsSession(certificate()->context(), number),
      .since = std::chrono::steady_clock::now(),
      .place = {},
  });
  handshake->place = silent_.insert(silent_.end(), handshake);
  go_on(handshake);
}

void Handshaker::make_room() {
  if (silent_.size() + answered_.size() < options_.handshakes_max) return;
  drop(Shared((silent_.empty() ? answered_ : silent_).front()));
}

void Handshaker::go_on(const Shared& handshake) {
  const auto wait = [&](Socket::wait_type what) {
    handshake->socket.async_wait(what, [this, handshake](error_code error) {
      if (!error && handshake->socket.is_open()) go_on(handshake);
    });
  };
  const Flow flow = handshake->session.shake_hands();
  if (!handshake->is_answered && handshake->session.has_answered()) {
    handshake->is_answered = true;
    answered_.splice(answered_.end(), silent_, handshake->place);
  }
  switch (flow) {
    case Flow::done: return pass_on(handshake);
    case Flow::wants_read: return wait(Socket::wait_read);
    case Flow::wants_write: return wait(Socket::wait_write);
    case Flow::ended:
    case Flow::broken: break;
  }
  if (handshake->session.met_plain_http()) {
    error_code ignored;
    std::ignore = handshake->socket.write_some(boost::asio::buffer(plain_answer), ignored);
  }
  drop(handshake);
}

void Handshaker::pass_on(const Shared& handshake) {
  forget(handshake);
  error_code error;
  const auto local = handshake->socket.local_endpoint(error);
  if (error) return;  // closes it
  const int number = handshake->socket.release(error);
  if (!error) on_done_(local.protocol(), number, std::move(handshake->session));
}

void Handshaker::drop(const Shared& handshake) {
  forget(handshake);
  handshake->session = {};  // now: who waits for the socket keeps the rest until its turn, behind those who came since
  error_code ignored;
  std::ignore = handshake->socket.close(ignored);
}

void Handshaker::tick() {
  const auto timeout = std::chrono::nanoseconds(options_.handshake_timeout.ns);
  const auto now = std::chrono::steady_clock::now();
  for (const InOrder* some : {&silent_, &answered_}) {
    while (!some->empty() && now - some->front()->since >= timeout) drop(Shared(some->front()));
  }
  timer_.expires_after(
      std::clamp<std::chrono::nanoseconds>(timeout / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(500)));
  timer_.async_wait([this](error_code error) {
    if (!error) tick();
  });
}

}  // namespace dure::http
