#include "dure/server/front_door.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <utility>

#include "dure/http/self_signed.h"
#include "dure/server/log.h"
#include "dure/server/wall_clock.h"

namespace dure::server {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds look_every{2};

void append_stamp(std::string& stamp, const std::string& path) {
  struct stat now{};
  if (::stat(path.c_str(), &now) != 0) return;
  fmt::format_to(std::back_inserter(stamp), "{} {} {}.{};", now.st_ino, now.st_size, now.st_mtim.tv_sec,
                 now.st_mtim.tv_nsec);
}

// Changes when a file does.
std::string stamp_of(const http::CertificateFiles& files) {
  std::string stamp;
  append_stamp(stamp, files.certificate);
  append_stamp(stamp, files.key);
  return stamp;
}

// What is made for who names nothing: once, and kept, so that clients who know the key go on knowing it.
Result<http::CertificateFiles> own_files(const fs::path& data, const std::string& address) {
  const fs::path folder = data / "tls";
  http::CertificateFiles files{.certificate = folder / "certificate.pem", .key = folder / "key.pem"};
  std::error_code error;
  if (fs::exists(files.certificate, error) && fs::exists(files.key, error)) return files;
  fs::create_directories(folder, error);
  fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return fail(Code::failed, fmt::format("{}: {}; make it writable", folder.string(), error.message()));
  return http::write_self_signed(files, http::names_of_this_machine(address), wall_clock()).map([&] { return files; });
}

std::string host_for_this_machine(const std::string& address) {
  if (address == "0.0.0.0") return "127.0.0.1";
  if (address == "::") return "[::1]";
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

// Beside the address: whoever trusts the folder trusts the key.
void keep_fingerprint(const fs::path& data, const std::string& fingerprint) {
  const fs::path fresh = data / "fingerprint.new";
  std::ofstream(fresh) << fingerprint << "\n";
  std::error_code ignored;
  fs::rename(fresh, data / "fingerprint", ignored);
}

}  // namespace

Result<std::unique_ptr<FrontDoor>> FrontDoor::open(const Network& network, const fs::path& data,
                                                   http::Handler& handler) {
  std::unique_ptr<FrontDoor> door(new FrontDoor);
  door->data_ = data;
  http::ServerOptions options = network.limits;
  options.address = network.listen.address;
  options.port = network.listen.port;
  options.connections_of_loopback_max = options.connections_max;
  if (uses_tls(network)) {
    auto files = network.tls.files ? Result<http::CertificateFiles>(*network.tls.files)
                                   : own_files(data, network.listen.address);
    if (!files) return tl::unexpected(files.error());
    door->files_ = *std::move(files);
    door->stamp_ = stamp_of(*door->files_);  // first: what changes meanwhile is read again
    auto certificate = http::Certificate::read(*door->files_);
    if (!certificate) return tl::unexpected(certificate.error());
    door->certificate_ = options.certificate = *std::move(certificate);
  }
  auto started = http::Server::start(options, handler);
  if (!started) return tl::unexpected(started.error());
  door->server_ = *std::move(started);
  door->address_ = fmt::format("{}://{}:{}", door->files_ ? "https" : "http",
                               host_for_this_machine(network.listen.address), door->server_->port());
  if (!door->files_) return door;
  keep_fingerprint(data, door->certificate_->fingerprint());
  door->watcher_ = std::thread([&door = *door] { door.watch(); });
  return door;
}

FrontDoor::~FrontDoor() { stop(); }

std::string FrontDoor::certificate_text() const {
  const std::lock_guard lock(mutex_);
  if (!certificate_) return "";
  return fmt::format("{} ({}, until {})", certificate_->fingerprint(),
                     certificate_->is_self_signed() ? "self-signed" : files_->certificate,
                     to_text(certificate_->expires()));
}

void FrontDoor::reload() {
  const std::lock_guard lock(mutex_);
  is_asked_ = true;
  changed_.notify_one();
}

void FrontDoor::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    changed_.notify_one();
  }
  if (watcher_.joinable()) watcher_.join();
  if (server_) server_->stop();
  if (!files_) return;
  std::error_code ignored;
  fs::remove(data_ / "fingerprint", ignored);
}

// Returns false if the files cannot be used as they are.
bool FrontDoor::take(const std::string& stamp) {
  auto read = http::Certificate::read(*files_);
  if (!read) {
    log(fmt::format("The certificate has changed and is no good, so the former stays: {}", read.error().message));
    return false;
  }
  server_->set_certificate(*read);
  keep_fingerprint(data_, (*read)->fingerprint());
  {
    const std::lock_guard lock(mutex_);
    certificate_ = *std::move(read);
    stamp_ = stamp;
  }
  log("New certificate: " + certificate_text());
  return true;
}

void FrontDoor::watch() {
  std::unique_lock lock(mutex_);
  std::string seen = stamp_;  // when they were last looked at
  std::string failed;         // what was tried, and told
  for (;;) {
    changed_.wait_for(lock, look_every, [&] { return is_over_ || is_asked_; });
    if (is_over_) return;
    const bool is_asked = std::exchange(is_asked_, false);
    const std::string held = stamp_;
    lock.unlock();
    std::string now = stamp_of(*files_);
    // Two files do not change at once: what still changes is left alone, unless somebody says that it is ready.
    const bool is_settled = now == seen && now != held && now != failed;
    if ((is_asked || is_settled) && !take(now)) failed = now;
    seen = std::move(now);
    lock.lock();
  }
}

}  // namespace dure::server
