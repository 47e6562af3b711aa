// A server whose handler is a function, for tests.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "dure/http/server.h"

namespace dure::http {

class TestServer final : public Handler {
 public:
  using Function = std::function<void(Request, Reply)>;

  explicit TestServer(Function function, ServerOptions options = {}) : function_(std::move(function)) {
    auto started = Server::start(options, *this);
    if (!started) throw std::runtime_error(started.error().message);
    server_ = *std::move(started);
  }

  std::uint16_t port() const { return server_->port(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }
  void stop() { server_->stop(); }
  void set_certificate(std::shared_ptr<const Certificate> certificate) {
    server_->set_certificate(std::move(certificate));
  }

  void handle(Request request, Reply reply) override { function_(std::move(request), std::move(reply)); }

 private:
  Function function_;
  std::unique_ptr<Server> server_;
};

// What one thread hands to another.
template <class T>
class Handover {
 public:
  void put(T item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    arrived_.notify_one();
  }
  // Waits for the next.
  T take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !items_.empty(); });
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<T> items_;
};

}  // namespace dure::http
