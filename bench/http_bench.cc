// A server to load with wrk, until its input ends. Two paths: `/inline` is answered where the request is read,
// `/thread` in batches by one other thread, as the loop of a live server does.
//
//   build/release/bench/http_bench 8470 & wrk -t1 -c64 -d5 http://127.0.0.1:8470/thread
#include <fmt/format.h>

#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "dure/http/server.h"

namespace {

using dure::http::Reply;
using dure::http::Request;

const dure::http::Response hello{.content_type = "application/json", .body = R"({"hello":"world"})"};

class Batches {
 public:
  void push(Reply reply) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(reply));
    if (waiting_.size() == 1) ready_.notify_one();
  }

 private:
  void answer(const std::stop_token& stop) {
    std::vector<Reply> batch;
    while (!stop.stop_requested()) {
      {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, stop, [&] { return !waiting_.empty(); });
        batch.swap(waiting_);
      }
      for (Reply& reply : batch) reply.send(hello);
      batch.clear();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::vector<Reply> waiting_;
  std::jthread thread_{[this](const std::stop_token& stop) { answer(stop); }};
};

class Hello final : public dure::http::Handler {
 public:
  void handle(Request request, Reply reply) override {
    if (request.path == "/thread") return batches_.push(std::move(reply));
    reply.send(hello);
  }

 private:
  Batches batches_;
};

}  // namespace

int main(int count, char** words) {
  dure::http::ServerOptions options;
  if (count > 1) options.port = static_cast<std::uint16_t>(std::atoi(words[1]));
  if (count > 2) options.threads = static_cast<unsigned>(std::atoi(words[2]));
  Hello hello_handler;
  const auto server = dure::http::Server::start(options, hello_handler);
  if (!server) {
    std::cerr << server.error().message << '\n';
    return 1;
  }
  fmt::print("http://127.0.0.1:{}\n", (*server)->port());
  std::cin.ignore(1'000'000, '\0');
  return 0;
}
