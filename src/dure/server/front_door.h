// Where clients come in: the HTTP server with its certificate, which may change while it runs.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "dure/http/server.h"
#include "dure/server/network.h"

namespace dure::server {

// The files of a certificate are looked at every two seconds. New ones that are good hold for who connects from then
// on; with others the former stay, and the log says why.
class FrontDoor {
 public:
  // Listens. Keeps what it makes itself in `data`/tls, and the fingerprint of its key in `data`/fingerprint. `handler`
  // must outlive this.
  static Result<std::unique_ptr<FrontDoor>> open(const Network& network, const std::filesystem::path& data,
                                                 http::Handler& handler);
  ~FrontDoor();

  // For who is on this machine: `https://127.0.0.1:8470`.
  const std::string& address() const { return address_; }
  // What the certificate is, in a line; empty without TLS.
  std::string certificate_text() const;
  // Reads the files anew, now. Any thread.
  void reload();
  // As http::Server::stop().
  void stop();

 private:
  FrontDoor() = default;
  bool take(const std::string& stamp);
  void watch();

  std::filesystem::path data_;
  std::string address_;
  std::optional<http::CertificateFiles> files_;  // with TLS
  std::unique_ptr<http::Server> server_;

  mutable std::mutex mutex_;  // guards the next four
  std::condition_variable changed_;
  std::shared_ptr<const http::Certificate> certificate_;
  std::string stamp_;  // of the files as they were last read
  bool is_asked_ = false;
  bool is_over_ = false;
  std::thread watcher_;
};

}  // namespace dure::server
