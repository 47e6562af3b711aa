#include "dure/http/worker.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "dure/http/peer.h"

namespace dure::http {
namespace {

// Beyond connections_max, so many more are told that there are too many; the rest is closed without a word.
constexpr std::size_t refused_max = 100;

// The worker whose thread this is.
thread_local const Worker* current = nullptr;

// Fine enough for the shortest of the timeouts, and no finer.
std::chrono::nanoseconds tick_length(const ServerOptions& options) {
  const Duration shortest = std::min({options.header_timeout, options.body_timeout, options.idle_timeout,
                                      options.write_timeout, options.heartbeat, options.stop_timeout});
  return std::chrono::nanoseconds(std::clamp<std::int64_t>(shortest.ns / 4, 5'000'000, 500'000'000));
}

}  // namespace

Worker::Worker(const ServerOptions& options, Handler& handler, Crowd& crowd)
    : options_(options), handler_(handler), crowd_(crowd), tick_length_(tick_length(options)) {}

void Worker::run() {
  current = this;
  tick();
  context_.run();
  current = nullptr;
}

void Worker::post(Delivery delivery) {
  std::unique_lock lock(mutex_);
  if (!takes_deliveries_) {
    lock.unlock();
    return drop(delivery, StreamEnd::server_stopping);
  }
  const bool wakes = deliveries_.empty() && current != this;
  deliveries_.push_back(std::move(delivery));
  lock.unlock();
  if (wakes) boost::asio::post(context_, [this] { enter([] {}); });
}

void Worker::stop() {
  boost::asio::post(context_, [this] { enter([this] { begin_stop(); }); });
}

void Worker::adopt(Wire wire) {
  if (current == this) {
    enter([&] { begin(std::move(wire)); });
  } else {
    boost::asio::post(context_, [this, wire = std::move(wire)]() mutable { enter([&] { begin(std::move(wire)); }); });
  }
}

void Worker::begin(Wire wire) {
  if (is_stopping_ || crowd_.size() >= options_.connections_max + refused_max) return;  // closes the socket
  const Peer peer = peer_of(wire.socket());
  const bool has_room = crowd_.size() < options_.connections_max || make_room();
  const std::uint64_t number = next_connection_++;
  const auto connection = std::make_shared<Connection>(*this, std::move(wire), peer, number);
  connections_.emplace(number, connection);
  const std::size_t others = crowd_.enter(peer.origin);
  const std::size_t most =
      peer.is_loopback ? options_.connections_of_loopback_max : options_.connections_per_origin_max;
  if (!has_room) {
    connection->start_refused({.status = 503,
                               .detail = "the server has as many connections as it takes (" +
                                         std::to_string(options_.connections_max) + "); try again in a while"});
  } else if (others >= most) {
    connection->start_refused(
        {.status = 503,
         .detail = "this address has as many connections as it may have (" + std::to_string(most) + "); close some"});
  } else {
    connection->start();
  }
}

// Closes the one that can best be done without: who is leaving anyway, who has not asked for anything yet, who rests
// between two requests.
bool Worker::make_room() {
  for (auto& kind : waiting_) {
    if (kind.empty()) continue;
    kind.front()->close(StreamEnd::client_left);
    return true;
  }
  return false;
}

void Worker::note_held(std::size_t before, std::size_t now) {
  crowd_.hold(before, now);
  if (now > before && crowd_.held_bytes() > options_.held_bytes_max) holds_too_much_ = true;
}

// Rare: who makes this happen pays for it with as many bytes.
void Worker::relieve() {
  holds_too_much_ = false;
  const auto everyone = all();
  const auto oldest = std::min_element(everyone.begin(), everyone.end(), [](const auto& a, const auto& b) {
    return std::pair(!a->can_let_go(), a->holding_since()) < std::pair(!b->can_let_go(), b->holding_since());
  });
  if (oldest != everyone.end() && (*oldest)->can_let_go()) (*oldest)->let_go();
}

void Worker::forget(const Connection& connection) {
  crowd_.leave(connection.peer().origin);
  const auto found = connections_.find(connection.number());
  closed_.push_back(std::move(found->second));
  connections_.erase(found);
}

void Worker::drain() {
  // A stream that is fed whenever it is drained could keep a worker from everything else.
  for (int round = 0; round < 16; ++round) {
    if (!drain_once()) return;
  }
  boost::asio::post(context_, [this] { enter([] {}); });
}

bool Worker::drain_once() {
  if (holds_too_much_) relieve();
  {
    const std::lock_guard lock(mutex_);
    batch_.swap(deliveries_);
  }
  if (batch_.empty()) return false;
  for (Delivery& delivery : batch_) {
    const auto found = connections_.find(delivery.to.connection);
    if (found == connections_.end()) {
      drop(delivery, is_stopping_ ? StreamEnd::server_stopping : StreamEnd::client_left);
    } else if (found->second->deliver(std::move(delivery))) {
      dirty_.push_back(found->second);
    }
  }
  batch_.clear();
  // By index: advance() calls handlers, but only drain_once() adds here.
  for (std::size_t i = 0; i < dirty_.size(); ++i) dirty_[i]->advance();
  dirty_.clear();
  return true;
}

void Worker::drop(const Delivery& delivery, StreamEnd why) {
  if (const auto* stream = std::get_if<StreamOpening>(&delivery.what)) end_stream(*stream, why);
}

void Worker::after_entry() {
  closed_.clear();
  if (is_stopping_ && connections_.empty()) end();
}

void Worker::end() {
  timer_.cancel();
  std::vector<Delivery> rest;
  {
    const std::lock_guard lock(mutex_);
    takes_deliveries_ = false;
    rest.swap(deliveries_);
  }
  for (const Delivery& delivery : rest) drop(delivery, StreamEnd::server_stopping);
}

void Worker::tick() {
  enter([this] {
    const Instant now = std::chrono::steady_clock::now();
    for (const auto& connection : all()) {
      if (is_stopping_ && now >= stop_deadline_) {
        connection->close(StreamEnd::server_stopping);
      } else {
        connection->check_time(now);
      }
    }
  });
  if (is_stopping_ && connections_.empty()) return;
  timer_.expires_after(tick_length_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) tick();
  });
}

void Worker::begin_stop() {
  is_stopping_ = true;
  stop_deadline_ = std::chrono::steady_clock::now() + std::chrono::nanoseconds(options_.stop_timeout.ns);
  for (const auto& connection : all()) connection->stop();
}

std::vector<std::shared_ptr<Connection>> Worker::all() {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections_.size());
  for (const auto& [number, connection] : connections_) all.push_back(connection);
  return all;
}

std::string_view Worker::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 40> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    date_.assign(text.data(), size);
    date_second_ = now;
  }
  return date_;
}

}  // namespace dure::http
