#include "dure/http/server.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "dure/base/assert.h"
#include "dure/http/crowd.h"
#include "dure/http/handshaker.h"
#include "dure/http/worker.h"

namespace dure::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;

std::string in_words(const error_code& error, const ServerOptions& options) {
  const std::string where = fmt::format("{}:{}", options.address, options.port);
  if (error == asio::error::address_in_use) {
    return fmt::format(
        "{} is in use; choose another port, or stop what listens there: `ss -ltnp 'sport = :{}'` shows it", where,
        options.port);
  }
  if (error == asio::error::access_denied) {
    return fmt::format("{} may not be listened on by this user; choose a port above 1023", where);
  }
  return fmt::format("{} cannot be listened on: {}; choose an address of this machine, such as 127.0.0.1 or 0.0.0.0",
                     where, error.message());
}

Result<tcp::endpoint> endpoint_of(const ServerOptions& options) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (!error) return tcp::endpoint(address, options.port);
  return fail(Code::invalid_argument,
              options.address + " is no address to listen on; give one in digits, such as 127.0.0.1, 0.0.0.0 or ::1");
}

Result<void> listen(Acceptor& acceptor, const tcp::endpoint& endpoint, const ServerOptions& options) {
  error_code error;
  const auto tried = [](auto&&... call) { return (... && !call().failed()); };
  if (tried([&] { return acceptor.open(endpoint.protocol(), error); },
            [&] { return acceptor.set_option(asio::socket_base::reuse_address(true), error); },
            [&] { return acceptor.bind(endpoint, error); },
            [&] { return acceptor.listen(asio::socket_base::max_listen_connections, error); })) {
    return {};
  }
  return fail(Code::failed, in_words(error, options));
}

// Without descriptors nobody can be accepted, not even to make room: some are kept for the rest of the process.
ServerOptions within_descriptors(ServerOptions options) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return options;
  const auto ours = static_cast<std::size_t>(files.rlim_cur) / 4 * 3;
  options.handshakes_max = std::clamp<std::size_t>(ours / 8, 1, options.handshakes_max);
  options.connections_max = std::clamp<std::size_t>(ours - ours / 4, 1, options.connections_max);
  return options;
}

}  // namespace

struct Server::Parts {
  ServerOptions options;
  Crowd crowd;
  std::vector<std::shared_ptr<Worker>> workers;  // shared with every Reply
  std::unique_ptr<Acceptor> acceptor;            // runs on the first worker
  std::unique_ptr<asio::steady_timer> pause;
  std::size_t next_worker = 0;
  std::uint16_t port = 0;
  std::unique_ptr<Handshaker> handshaker;  // none without a certificate
  std::vector<std::jthread> threads;

  Worker& next() { return *workers[next_worker++ % workers.size()]; }
  void accept();
  void accept_again(const error_code& error);
  void stop_accepting();
};

void Server::Parts::accept() {
  if (handshaker) {
    acceptor->async_accept(handshaker->context(), [this](error_code error, Socket socket) {
      if (!error) handshaker->adopt(std::move(socket));
      accept_again(error);
    });
    return;
  }
  Worker& worker = next();
  acceptor->async_accept(worker.context(), [this, &worker](error_code error, Socket socket) {
    if (!error) worker.adopt(Wire(std::move(socket), {}));
    accept_again(error);
  });
}

void Server::Parts::accept_again(const error_code& error) {
  if (!acceptor->is_open()) return;
  const bool is_behind = handshaker && handshaker->is_behind();
  if ((!error || error == asio::error::connection_aborted) && !is_behind) return accept();
  // No file descriptors are left, most likely. Those who wait stay in the kernel's queue until some are.
  pause->expires_after(std::chrono::milliseconds(is_behind ? 5 : 100));
  pause->async_wait([this](error_code cancelled) {
    if (!cancelled) accept();
  });
}

void Server::Parts::stop_accepting() {
  std::promise<void> stopped;
  asio::post(workers.front()->context(), [&] {
    error_code ignored;
    std::ignore = acceptor->close(ignored);
    pause->cancel();
    stopped.set_value();
  });
  stopped.get_future().wait();
}

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& given, Handler& handler) {
  const auto endpoint = endpoint_of(given);
  if (!endpoint) return tl::unexpected(endpoint.error());
  auto parts = std::make_unique<Parts>();
  parts->options = within_descriptors(given);
  const ServerOptions& options = parts->options;
  for (unsigned i = 0; i < std::max(options.threads, 1U); ++i) {
    parts->workers.push_back(std::make_shared<Worker>(options, handler, parts->crowd));
  }
  if (options.certificate) {
    parts->handshaker =
        std::make_unique<Handshaker>(options, [&parts = *parts](tcp protocol, int socket, TlsSession session) {
          Worker& worker = parts.next();
          worker.adopt(Wire(Socket(worker.context(), protocol, socket), std::move(session)));
        });
  }
  asio::io_context& context = parts->workers.front()->context();
  parts->acceptor = std::make_unique<Acceptor>(context);
  parts->pause = std::make_unique<asio::steady_timer>(context);
  if (const auto listening = listen(*parts->acceptor, *endpoint, options); !listening) {
    return tl::unexpected(listening.error());
  }
  parts->port = parts->acceptor->local_endpoint().port();
  parts->accept();
  for (const auto& worker : parts->workers) parts->threads.emplace_back([&worker = *worker] { worker.run(); });
  if (parts->handshaker) parts->threads.emplace_back([&shaker = *parts->handshaker] { shaker.run(); });
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() { stop(); }

std::uint16_t Server::port() const { return parts_->port; }
std::size_t Server::connections_max() const { return parts_->options.connections_max; }

void Server::set_certificate(std::shared_ptr<const Certificate> certificate) {
  DURE_ASSERT(parts_->handshaker != nullptr);
  parts_->handshaker->set_certificate(std::move(certificate));
}

void Server::stop() {
  if (parts_->threads.empty()) return;
  parts_->stop_accepting();
  if (parts_->handshaker) parts_->handshaker->stop();
  for (const auto& worker : parts_->workers) worker->stop();
  parts_->threads.clear();  // joins them
}

}  // namespace dure::http
