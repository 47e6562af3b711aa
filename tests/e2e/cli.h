// The commands of a user, typed at a server of ours.
#pragma once

#include <boost/json/value.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "process.h"
#include "server_process.h"

namespace dure::e2e {

class Cli {
 public:
  // Runs in `folder`. `server` must outlive it, and be up.
  Cli(const ServerProcess& server, std::filesystem::path folder) : server_(server), folder_(std::move(folder)) {}

  // `{"wait", "1"}` is `dure wait 1`.
  Ran run(std::vector<std::string> words) const;
  // The one line of JSON that a command that succeeds prints with --json; else a failure of the test, and null.
  boost::json::value json(std::vector<std::string> words) const;
  // Submits, and returns the first job's id.
  std::string submit(std::vector<std::string> words) const;
  // Writes a file into the folder.
  void write(const std::string& name, const std::string& text) const;

 private:
  const ServerProcess& server_;
  std::filesystem::path folder_;
};

}  // namespace dure::e2e
