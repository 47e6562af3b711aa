#include "dure/http/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "dure/http/ascii.h"

namespace dure::http {
namespace {

// Between quotes in JSON. Bytes above 0x7f are taken to be UTF-8.
std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

struct Phrase {
  unsigned status;
  std::string_view text;
};

constexpr std::array phrases{
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{301, "Moved Permanently"},
    Phrase{302, "Found"},
    Phrase{303, "See Other"},
    Phrase{304, "Not Modified"},
    Phrase{307, "Temporary Redirect"},
    Phrase{308, "Permanent Redirect"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{414, "URI Too Long"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{417, "Expectation Failed"},
    Phrase{422, "Unprocessable Content"},
    Phrase{429, "Too Many Requests"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{501, "Not Implemented"},
    Phrase{502, "Bad Gateway"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
};

}  // namespace

std::string_view to_text(Method method) {
  constexpr std::array<std::string_view, 7> names{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  return names[static_cast<std::size_t>(method)];
}

std::optional<std::string_view> find_header(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
  for (const Parameter& parameter : query) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

std::string_view reason_phrase(unsigned status) {
  const auto found = std::lower_bound(phrases.begin(), phrases.end(), status,
                                      [](const Phrase& phrase, unsigned wanted) { return phrase.status < wanted; });
  return found != phrases.end() && found->status == status ? found->text : "Unknown";
}

Response to_response(const Problem& problem) {
  const std::string_view title = problem.title.empty() ? reason_phrase(problem.status) : problem.title;
  return {.status = problem.status,
          .content_type = "application/problem+json",
          .body = fmt::format(R"({{"type":{},"title":{},"status":{},"detail":{}}})", json_text(problem.type),
                              json_text(title), problem.status, json_text(problem.detail))};
}

}  // namespace dure::http
