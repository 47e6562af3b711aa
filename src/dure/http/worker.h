// One network thread and its connections.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dure/http/connection.h"
#include "dure/http/crowd.h"
#include "dure/http/gzip.h"
#include "dure/http/outlet.h"
#include "dure/http/server.h"

namespace dure::http {

// Invariant: whatever a callback delivers on this thread is acted on before the thread waits again, so that only other
// threads ever have to wake it; and they do so once for all they deliver in the meantime.
//
// Owned by the server and by every Reply and EventStream, which may outlive it: the io_context is theirs to post to.
class Worker final : public Outlet, public std::enable_shared_from_this<Worker> {
 public:
  // `handler` and `crowd`, that of all workers, must stay for as long as run() runs.
  Worker(const ServerOptions& options, Handler& handler, Crowd& crowd);

  // The network thread. Returns after stop(), when the last connection is closed.
  void run();

  // Any thread.
  void post(Delivery delivery) override;
  StreamLimits stream_limits() const override { return {options_.stream_pieces_max, options_.stream_bytes_max}; }
  void stop();
  boost::asio::io_context& context() { return context_; }
  // Takes over a socket of context().
  void adopt(Wire wire);

  // The network thread alone; for Connection.
  const ServerOptions& options() const { return options_; }
  Handler& handler() { return handler_; }
  GzipPacker& packer() { return packer_; }
  bool is_stopping() const { return is_stopping_; }
  std::string_view date();
  // The connection is closed: its number, its place among those that wait, and what it held.
  void forget(const Connection& connection);
  std::vector<boost::asio::const_buffer>& buffers() { return buffers_; }
  // Memory for one read, or for one record that is written.
  std::vector<char>& input() { return input_; }
  std::string& record() { return record_; }
  // Those of one kind, in the order in which they came to be of it.
  std::list<Connection*>& waiting(Waiting kind) { return waiting_[static_cast<std::size_t>(kind)]; }
  // Tells that a connection holds so much more or less than before.
  void note_held(std::size_t before, std::size_t now);
  // Every callback of an operation runs in here.
  template <class Callback>
  void enter(Callback&& callback) {
    callback();
    drain();
    after_entry();
  }

 private:
  void begin(Wire wire);
  bool make_room();
  void relieve();
  void drain();
  bool drain_once();
  static void drop(const Delivery& delivery, StreamEnd why);
  void after_entry();
  void end();
  void tick();
  void begin_stop();
  std::vector<std::shared_ptr<Connection>> all();

  const ServerOptions options_;
  Handler& handler_;
  Crowd& crowd_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer timer_{context_};
  std::chrono::nanoseconds tick_length_;

  std::mutex mutex_;
  std::vector<Delivery> deliveries_;  // guarded by mutex_
  bool takes_deliveries_ = true;      // guarded by mutex_

  // The network thread's own.
  boost::unordered_flat_map<std::uint64_t, std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Connection>> closed_;  // until no call of theirs is on the stack
  std::vector<Delivery> batch_;
  std::vector<std::shared_ptr<Connection>> dirty_;
  std::vector<boost::asio::const_buffer> buffers_;
  std::vector<char> input_ = std::vector<char>(65'536);
  std::string record_;
  std::array<std::list<Connection*>, waiting_kinds> waiting_;
  bool holds_too_much_ = false;
  std::uint64_t next_connection_ = 0;
  GzipPacker packer_;
  std::time_t date_second_ = 0;
  std::string date_;
  bool is_stopping_ = false;
  Instant stop_deadline_;
};

}  // namespace dure::http
