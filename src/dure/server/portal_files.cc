#include "dure/server/portal_files.h"

#include <array>
#include <fstream>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>

#include "dure/base/hash.h"

namespace dure::server {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t most_bytes = 16 << 20;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> types{{{".html", "text/html; charset=utf-8"},
                                                                              {".js", "text/javascript; charset=utf-8"},
                                                                              {".css", "text/css; charset=utf-8"},
                                                                              {".svg", "image/svg+xml"},
                                                                              {".json", "application/json"},
                                                                              {".woff2", "font/woff2"},
                                                                              {".png", "image/png"},
                                                                              {".txt", "text/plain; charset=utf-8"}}};

// Nothing from elsewhere, nothing inline, in nobody's frame.
constexpr const char* policy =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string type_of(const fs::path& path) {
  for (const auto& [ending, type] : types) {
    if (path.extension() == ending) return std::string(type);
  }
  return "application/octet-stream";
}

// Names of built files hold a hash of their content, so that they never change.
bool is_for_ever(std::string_view path) { return path.starts_with("/assets/"); }

// Pages have paths such as /jobs/12; files have an ending. A tenant or a node may have a dot in its name.
bool is_page(const http::Request& request) {
  const bool wants_document = request.header("accept").value_or("").find("text/html") != std::string_view::npos;
  return wants_document || request.path.find('.') == std::string::npos;
}

void guard(http::Response& response) {
  response.headers.push_back({"Content-Security-Policy", policy});
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
}

}  // namespace

bool is_of_api(std::string_view path) {
  return path.starts_with("/v1/") || path == "/v1" || path == "/openapi.json" || path == "/metrics" ||
         path == "/healthz" || path == "/readyz";
}

fs::path PortalFiles::default_folder() {
  std::error_code error;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path installed = beside.parent_path() / "lib/dure/portal";
  return fs::exists(installed / "index.html", error) ? installed : beside / "portal";
}

PortalFiles::PortalFiles(const fs::path& folder) {
  std::error_code error;
  std::uintmax_t bytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file(error)) continue;
    bytes += entry.file_size(error);
    if (error || bytes > most_bytes) break;
    std::ifstream in(entry.path(), std::ios::binary);
    File file{.type = type_of(entry.path()), .body = {std::istreambuf_iterator<char>(in), {}}, .tag = {}};
    const Hash128 hash = hash_128(std::as_bytes(std::span(file.body)));
    file.tag = "\"" + hex16(hash.high) + hex16(hash.low) + "\"";
    files_["/" + entry.path().lexically_relative(folder).generic_string()] = std::move(file);
  }
  if (!files_.contains("/index.html")) files_.clear();
}

http::Response PortalFiles::answer(const http::Request& request) const {
  if (!is_there()) {
    return to_response(http::Problem{
        .status = 404,
        .detail = "this server was built without its portal; ./run builds it, or cmake with -DDURE_PORTAL=ON; the API "
                  "is under /v1"});
  }
  auto found = files_.find(request.path);
  if (found == files_.end() && is_page(request)) found = files_.find("/index.html");
  if (found == files_.end()) {
    return to_response(http::Problem{.status = 404, .detail = "there is no such file of the portal"});
  }
  const File& file = found->second;
  http::Response response{.status = 200, .content_type = file.type, .headers = {}, .body = {}};
  response.headers.push_back({"ETag", file.tag});
  response.headers.push_back(
      {"Cache-Control", is_for_ever(found->first) ? "public, max-age=31536000, immutable" : "no-cache"});
  guard(response);
  if (request.header("if-none-match") == file.tag) {
    response.status = 304;
    response.content_type.clear();
  } else {
    response.body = file.body;
  }
  return response;
}

}  // namespace dure::server
