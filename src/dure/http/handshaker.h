// Where TLS begins: the thread on which clients prove that they speak it.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "dure/http/certificate.h"
#include "dure/http/server.h"
#include "dure/http/tls_session.h"
#include "dure/http/wire.h"

namespace dure::http {

// A handshake costs a signature, hundreds of times what a request costs to read; so a flood of them has a thread of its
// own, and neither those who are connected nor accepting wait for it. Only so many are under way, each for so long; to
// make room the oldest goes of those who have not said yet what TLS begins with, or else the oldest of all.
class Handshaker {
 public:
  // Called on the handshaker's thread with a socket of no context yet.
  using OnDone = std::function<void(boost::asio::ip::tcp protocol, int socket, TlsSession session)>;

  Handshaker(const ServerOptions& options, OnDone on_done);

  // The thread. Returns after stop().
  void run();

  // Any thread.
  boost::asio::io_context& context() { return context_; }
  // Takes over a socket that was accepted into context().
  void adopt(Socket socket);
  // True if so many wait to begin that nobody else should be accepted for now.
  bool is_behind();
  void set_certificate(std::shared_ptr<const Certificate> certificate);
  void stop() { context_.stop(); }

 private:
  struct Handshake {
    Socket socket;
    TlsSession session;
    std::chrono::steady_clock::time_point since;
    bool is_answered = false;  // what the client began with
    std::list<std::shared_ptr<Handshake>>::iterator place;
  };
  using Shared = std::shared_ptr<Handshake>;  // shared with what waits for its socket
  using InOrder = std::list<Shared>;          // of their beginning

  void begin_some();
  void begin(Socket socket);
  void make_room();
  void go_on(const Shared& handshake);
  void pass_on(const Shared& handshake);
  void drop(const Shared& handshake);
  void forget(const Shared& handshake) { (handshake->is_answered ? answered_ : silent_).erase(handshake->place); }
  void tick();
  std::shared_ptr<const Certificate> certificate();

  const ServerOptions options_;
  const OnDone on_done_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  boost::asio::steady_timer timer_{context_};
  InOrder silent_;
  InOrder answered_;

  std::mutex mutex_;
  std::deque<Socket> arrivals_;                     // guarded by mutex_
  bool is_called_ = false;                          // to begin_some(); guarded by mutex_
  std::shared_ptr<const Certificate> certificate_;  // guarded by mutex_
};

}  // namespace dure::http
