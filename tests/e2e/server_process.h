// The real `dure serve`, started, killed and stopped.
#pragma once

#include <boost/json/value.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "dure/http/client.h"
#include "process.h"

namespace dure::e2e {

// One server after the other on one data folder. Listens on any free port.
class ServerProcess {
 public:
  // `before` comes before the program, such as one that starts it as another account.
  explicit ServerProcess(std::filesystem::path data,
                         std::vector<std::string> arguments = {"--emulated", "4", "--trust-jobs"},
                         std::vector<std::string> before = {});

  // Does not wait until it is up.
  void launch(const std::string& listen = "127.0.0.1:0");
  // Returns what it wrote as errors, if it ended in place of coming up; empty when it is up.
  std::string wait_until_up();
  std::string start();
  // The same, at the address of the one before.
  std::string start_again();
  // As `kill -9`, and waits until it is gone.
  void kill();
  // Asks it to end (SIGTERM); returns its exit code.
  int stop();
  int wait();

  // Requires that it was up.
  const std::string& address() const { return address_; }
  std::string token() const;
  // Of its key; empty without TLS.
  std::string fingerprint() const;
  http::Client client() const;
  // What the commands of the client need to find it.
  Variables environment() const;
  Process& process() { return *process_; }

 private:
  std::filesystem::path data_;
  std::vector<std::string> arguments_;
  std::vector<std::string> before_;
  std::string address_;
  std::unique_ptr<Process> process_;
};

// Sends, and returns the body of an answer of the expected status; anything else is a failure of the test and null.
boost::json::value get(http::Client& client, const std::string& path);
boost::json::value post(http::Client& client, const std::string& path, const std::string& body, unsigned expected);

}  // namespace dure::e2e
