// The server: journal, state, policy, engine and API, put together and kept going.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/server/config.h"

namespace dure::server {

// Where the local engine keeps its work, in the server's data folder.
std::filesystem::path engine_folder(const std::filesystem::path& data);

// What a server says of itself when it is up.
struct Greeting {
  std::string address;                // http://127.0.0.1:8470
  std::string certificate;            // the fingerprint of its key, and what it is; empty without TLS
  std::string data;                   // its folder
  std::string token_file;             // in it
  std::string machine;                // what was found, in a line
  std::vector<std::string> clusters;  // a line each
  std::string rehearsed;              // names of the sites where nothing runs
  std::uint64_t facts = 0;
  std::uint64_t jobs = 0;  // that have not ended
};

class LiveServer {
 public:
  // Opens the journal, replays it, finds what runs, and listens. The error names what is in the way. A launcher that is
  // away is waited for a few seconds, which stderr says; `is_stopped` is asked meanwhile whether that is in vain.
  static Result<std::unique_ptr<LiveServer>> open(const Config& config, const std::string& version,
                                                  const std::function<bool()>& is_stopped = {});
  ~LiveServer();

  const Greeting& greeting() const;
  // Runs the loop until `stop`; then finishes the requests at hand. What runs goes on running.
  void run();
  // From any thread, and from a signal's thread.
  void stop();
  // Reads the certificate anew. From any thread, and from a signal's thread.
  void reload_certificate();

 private:
  struct Parts;
  explicit LiveServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace dure::server
