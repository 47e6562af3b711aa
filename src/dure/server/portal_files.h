// The portal: files that were built beside the program, served as they are.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "dure/http/message.h"

namespace dure::server {

// Constant once read. Any thread.
class PortalFiles {
 public:
  PortalFiles() = default;
  // Reads all files of the folder (at most 16 MiB): some hundred kilobytes, kept in memory. A folder that is not there
  // gives a portal that says so.
  explicit PortalFiles(const std::filesystem::path& folder);

  // Where a build or a package puts it: `portal` beside the program, or lib/dure/portal beside its bin.
  static std::filesystem::path default_folder();

  bool is_there() const { return !files_.empty(); }
  // The answer to a GET of a path that is none of the API's: a file, or for a page of the portal the one document that
  // shows it. 404 for files that are not there.
  http::Response answer(const http::Request& request) const;

 private:
  struct File {
    std::string type;
    std::string body;
    std::string tag;  // of its content
  };
  std::map<std::string, File, std::less<>> files_;  // by path, `/assets/index-abc.js`
};

// Whether a path is the API's, or what watches the server asks for, whatever is there.
bool is_of_api(std::string_view path);

}  // namespace dure::server
