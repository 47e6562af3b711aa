// What goes over the wire, without the wire: a request as a handler sees it, and its answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dure::http {

enum class Method : unsigned char { get, head, post, put, patch, del, options };

// As on the wire: `GET`.
std::string_view to_text(Method method);

struct Header {
  std::string name;
  std::string value;
};

// Returns the value of the first header called `name`, whatever the case of its letters.
std::optional<std::string_view> find_header(const std::vector<Header>& headers, std::string_view name);

// `name=value` after the question mark, decoded; the value is empty where there is no `=`.
struct Parameter {
  std::string name;
  std::string value;
};

struct Request {
  Method method = Method::get;   // HEAD arrives as `get`; the server leaves the body of the answer out
  std::string target;            // as sent: `/v1/jobs/a%20b?limit=10`
  std::string path;              // decoded, in UTF-8: `/v1/jobs/a b`; may hold `..`
  std::vector<Parameter> query;  // in the order sent; a name may come twice
  std::vector<Header> headers;
  std::string body;  // whole, and unpacked if it came packed
  std::string peer;  // `127.0.0.1:41234`
  bool is_loopback = false;

  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
  // The first of that name.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

// The server adds Content-Length, Content-Encoding, Connection and Date itself, forbids to take the body for another
// type than it is said to be, and to keep it where there is no Cache-Control.
struct Response {
  unsigned status = 200;
  std::string content_type;  // none is sent if empty
  std::vector<Header> headers;
  std::string body;

  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
};

// `Not Found`; `Unknown` for a status that has no name here.
std::string_view reason_phrase(unsigned status);

// An error as RFC 9457 puts it.
struct Problem {
  unsigned status = 500;
  std::string detail;                // what is wrong with this request, and the way out
  std::string title = {};            // the reason phrase if empty
  std::string type = "about:blank";  // a URI that names the kind of problem
};

// Returns the answer `application/problem+json`.
Response to_response(const Problem& problem);

}  // namespace dure::http
