#include "server_process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <utility>

namespace dure::e2e {

ServerProcess::ServerProcess(std::filesystem::path data, std::vector<std::string> arguments,
                             std::vector<std::string> before)
    : data_(std::move(data)), arguments_(std::move(arguments)), before_(std::move(before)) {}

void ServerProcess::launch(const std::string& listen) {
  std::vector<std::string> command = before_;
  command.insert(command.end(), {DURE_PROGRAM, "serve", "--data", data_.string(), "--listen", listen});
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  process_.reset();
  process_ = std::make_unique<Process>(command, Variables{{"LC_ALL", "C"}});
}

std::string ServerProcess::wait_until_up() {
  // Dure 0.1.0 on http://127.0.0.1:39391: 2 CPUs, ...
  const auto greeting = process_->read_line(in_seconds(60));
  const std::size_t begin = greeting ? greeting->find("http") : std::string::npos;
  if (begin == std::string::npos) {
    process_->wait(in_seconds(1));
    return "the server did not come up: " + process_->errors();
  }
  address_ = greeting->substr(begin, greeting->find(": ", begin) - begin);
  return {};
}

std::string ServerProcess::start() {
  launch();
  return wait_until_up();
}

std::string ServerProcess::start_again() {
  launch(address_.substr(address_.find("//") + 2));
  return wait_until_up();
}

void ServerProcess::kill() {
  process_->send(SIGKILL);
  wait();
}

int ServerProcess::stop() {
  process_->send(SIGTERM);
  return wait();
}

int ServerProcess::wait() { return process_->wait(in_seconds(30)); }

namespace {

std::string line_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

std::string ServerProcess::token() const { return line_of(data_ / "token"); }
std::string ServerProcess::fingerprint() const { return line_of(data_ / "fingerprint"); }

http::Client ServerProcess::client() const {
  return http::Client({.url = address_, .token = token(), .fingerprint = fingerprint()});
}

Variables ServerProcess::environment() const {
  return {{"DURE_SERVER", address_}, {"DURE_TOKEN", token()}, {"DURE_FINGERPRINT", fingerprint()}, {"LC_ALL", "C"}};
}

namespace {

boost::json::value read(const Result<http::Response>& response, const std::string& path, unsigned expected) {
  if (!response || response->status != expected) {
    ADD_FAILURE() << path << ": " << (response ? response->body : response.error().message);
    return nullptr;
  }
  return boost::json::parse(response->body);
}

}  // namespace

boost::json::value get(http::Client& client, const std::string& path) {
  return read(client.send(http::Method::get, path), path, 200);
}

boost::json::value post(http::Client& client, const std::string& path, const std::string& body, unsigned expected) {
  return read(client.send(http::Method::post, path, body), path, expected);
}

}  // namespace dure::e2e
