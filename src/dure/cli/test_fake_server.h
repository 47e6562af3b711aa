// A server that says what a test tells it to, and remembers what it was asked.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "dure/cli/connection.h"
#include "dure/http/test_server.h"

namespace dure::cli {

class FakeServer {
 public:
  using Answerer = std::function<void(const http::Request&, http::Reply)>;

  FakeServer() : server_([this](http::Request request, http::Reply reply) { answer(request, std::move(reply)); }) {}

  // `what` is `GET /v1/jobs/12`, without parameters.
  void on(const std::string& what, Answerer answerer) {
    const std::lock_guard lock(mutex_);
    answerers_[what] = std::move(answerer);
  }
  void on(const std::string& what, std::string json, unsigned status = 200) {
    on(what, [json = std::move(json), status](const http::Request&, http::Reply reply) {
      reply.send({.status = status, .content_type = "application/json", .body = json});
    });
  }
  void refuse(const std::string& what, unsigned status, std::string detail) {
    on(what, [=](const http::Request&, http::Reply reply) { reply.refuse({.status = status, .detail = detail}); });
  }

  // Leaves a stream open for as long as this lives.
  void keep(std::shared_ptr<http::EventStream> stream) {
    const std::lock_guard lock(mutex_);
    streams_.push_back(std::move(stream));
  }

  std::string url() const { return server_.url(); }
  ServerAddress address() const {
    return {.url = url(), .url_from = "a test", .token = "secret", .token_from = "a test"};
  }
  Connection connection() const { return Connection(address()); }
  void stop() { server_.stop(); }

  // What was asked that is no GET, and its body: `POST /v1/jobs/12/cancel`.
  std::vector<std::string> changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  std::vector<http::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void answer(const http::Request& request, http::Reply reply) {
    const std::string what = std::string(http::to_text(request.method)) + " " + request.path;
    Answerer answerer;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      if (request.method != http::Method::get)
        changes_.push_back(what + (request.body.empty() ? "" : " ") + request.body);
      if (const auto found = answerers_.find(what); found != answerers_.end()) answerer = found->second;
    }
    if (answerer) return answerer(request, std::move(reply));
    reply.refuse({.status = 404, .detail = "there is no " + what});
  }

  mutable std::mutex mutex_;
  std::map<std::string, Answerer> answerers_;
  std::vector<std::string> changes_;
  std::vector<http::Request> requests_;
  std::vector<std::shared_ptr<http::EventStream>> streams_;  // as http hands them out
  http::TestServer server_;                                  // last: it calls answer()
};

}  // namespace dure::cli
