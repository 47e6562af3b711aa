#include "dure/http/request_parser.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "dure/http/ascii.h"
#include "dure/http/gzip.h"
#include "dure/http/target.h"
#include "dure/http/utf8.h"

namespace dure::http {
namespace {

namespace beast = boost::beast::http;
using boost::beast::error_code;
using Text = boost::beast::string_view;

std::string_view view(Text text) { return {text.data(), text.size()}; }

std::optional<Method> method_of(beast::verb verb) {
  switch (verb) {
    case beast::verb::get: return Method::get;
    case beast::verb::head: return Method::head;
    case beast::verb::post: return Method::post;
    case beast::verb::put: return Method::put;
    case beast::verb::patch: return Method::patch;
    case beast::verb::delete_: return Method::del;
    case beast::verb::options: return Method::options;
    default: return std::nullopt;
  }
}

// `gzip`, `gzip;q=0.5` and `*`, but not `gzip;q=0`.
bool accepts_gzip(std::string_view list) {
  while (!list.empty()) {
    std::string_view item = take_until(list, ',');
    const std::string_view coding = trimmed(take_until(item, ';'));
    if (!equal_ignoring_case(coding, "gzip") && coding != "*") continue;
    const std::string_view weight = trimmed(item);
    return !weight.starts_with("q=0") || weight.find_first_of("123456789", 3) != std::string_view::npos;
  }
  return false;
}

// Of what has one value there is no saying which of two is meant: what stands before this server might read the other.
constexpr std::array single_valued{"Authorization", "Content-Encoding", "Content-Type",
                                   "Host",          "Idempotency-Key",  "Last-Event-ID"};

bool is_single_valued(std::string_view name) {
  return std::ranges::any_of(single_valued, [&](std::string_view single) { return equal_ignoring_case(name, single); });
}

}  // namespace

// Beast finds the parts; this keeps them, and refuses what we do not take.
class RequestReader final : public beast::basic_parser<true> {
 public:
  RequestReader(const ServerOptions& limits, const RequestParser::RefuseEarly& refuse_early)
      : limits_(limits), refuse_early_(refuse_early) {
    eager(true);
    header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
    body_limit(limits.body_bytes_max);
  }

  void fail_with(error_code error) {
    if (why.detail.empty()) why = problem_of(error);
  }

  // Unpacks the body. Requires that all has been read.
  bool complete();
  Response refusal() const { return early_ ? *early_ : to_response(why); }

  ParsedRequest parsed;
  Problem why;
  bool expects_continue = false;

 private:
  Problem problem_of(error_code error) const;
  void refuse(Problem problem, error_code& error) {
    why = std::move(problem);
    error = beast::error::bad_value;
  }
  bool has_body() const { return chunked() || content_length().value_or(0) > 0; }
  bool unpack_body(std::string_view coding);

  void on_request_impl(beast::verb verb, Text, Text target, int version, error_code& error) override;
  void on_field_impl(beast::field field, Text name, Text value, error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_response_impl(int, Text, int, error_code&) override {}
  // What stands behind the size of a chunk is nothing to us, and may not go on for ever.
  void on_chunk_header_impl(std::uint64_t, Text extension, error_code& error) override {
    header_bytes_ += extension.size();
    if (header_bytes_ > limits_.header_bytes_max) error = beast::error::header_limit;
  }
  void on_finish_impl(error_code&) override {}

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    // A promise is no reason to set much memory aside.
    if (length) parsed.request.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, 65'536)));
  }
  std::size_t on_body_impl(Text bytes, error_code&) override {
    parsed.request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }

  const ServerOptions& limits_;
  const RequestParser::RefuseEarly& refuse_early_;
  std::optional<Response> early_;
  bool has_first_line_ = false;
  std::size_t header_bytes_ = 0;
};

void RequestReader::on_request_impl(beast::verb verb, Text, Text target, int version, error_code& error) {
  has_first_line_ = true;
  const auto method = method_of(verb);
  if (!method) {
    return refuse({.status = 501, .detail = "this server knows GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS"},
                  error);
  }
  parsed.is_head = method == Method::head;
  parsed.is_http10 = version < 11;
  parsed.request.method = parsed.is_head ? Method::get : *method;
  if (target.size() > limits_.target_bytes_max) {
    return refuse(
        {.status = 414, .detail = "the address is longer than " + std::to_string(limits_.target_bytes_max) + " bytes"},
        error);
  }
  parsed.request.target = view(target);
  header_bytes_ += target.size();
}

void RequestReader::on_field_impl(beast::field field, Text name, Text value, error_code& error) {
  // Fields that come one by one each pass the limit of the parser, hence our own sum.
  header_bytes_ += name.size() + value.size() + 4;
  if (header_bytes_ > limits_.header_bytes_max) {
    error = beast::error::header_limit;
    return;
  }
  if (is_header_done()) return;  // a trailer; what it says comes too late for us
  if (parsed.request.headers.size() == limits_.headers_max) {
    return refuse({.status = 431, .detail = "there are more than " + std::to_string(limits_.headers_max) + " headers"},
                  error);
  }
  if (!is_utf8(view(value), Controls::taken)) {
    return refuse(
        {.status = 400, .detail = "the header " + std::string(view(name)) + " holds bytes that are not UTF-8"}, error);
  }
  if (is_single_valued(view(name)) && parsed.request.header(view(name))) {
    return refuse({.status = 400, .detail = "a request has one " + std::string(view(name)) + " header; send one"},
                  error);
  }
  switch (field) {
    case beast::field::accept_encoding: parsed.accepts_gzip = accepts_gzip(view(value)); break;
    case beast::field::expect:
      if (!equal_ignoring_case(view(value), "100-continue")) {
        return refuse({.status = 417, .detail = "the only Expect that this server meets is 100-continue"}, error);
      }
      expects_continue = true;
      break;
    case beast::field::transfer_encoding:
      if (!equal_ignoring_case(view(value), "chunked")) {
        return refuse({.status = 501, .detail = "the only Transfer-Encoding that this server reads is chunked"}, error);
      }
      break;
    default: break;
  }
  parsed.request.headers.push_back({std::string(view(name)), std::string(view(value))});
}

void RequestReader::on_header_impl(error_code& error) {
  parsed.keep_alive = KeepAlive{keep_alive()};
  if (!parsed.is_http10 && !parsed.request.header("Host")) {
    return refuse({.status = 400, .detail = "a request has one Host header; send one"}, error);
  }
  auto target = read_target(parsed.request.target);
  if (!target) return refuse({.status = 400, .detail = std::move(target.error().message)}, error);
  parsed.request.path = std::move(target->path);
  parsed.request.query = std::move(target->query);
  if (refuse_early_ && has_body()) early_ = refuse_early_(parsed.request);
  if (early_) error = beast::error::bad_value;
}

Problem RequestReader::problem_of(error_code error) const {
  if (error == beast::error::header_limit && !has_first_line_) {
    return {.status = 414,
            .detail = "the first line is longer than " + std::to_string(limits_.header_bytes_max) + " bytes"};
  }
  if (error == beast::error::header_limit) {
    return {.status = 431,
            .detail = "the headers are longer than " + std::to_string(limits_.header_bytes_max) + " bytes"};
  }
  if (error == beast::error::body_limit) {
    return {.status = 413,
            .detail = "the body is larger than " + std::to_string(limits_.body_bytes_max) + " bytes; send it in parts"};
  }
  return {.status = 400, .detail = "this is not HTTP/1.1: " + error.message()};
}

bool RequestReader::complete() {
  const auto coding = parsed.request.header("Content-Encoding");
  return !coding || equal_ignoring_case(*coding, "identity") || unpack_body(*coding);
}

bool RequestReader::unpack_body(std::string_view coding) {
  if (!equal_ignoring_case(coding, "gzip")) {
    why = {.status = 415, .detail = "the only Content-Encoding that this server reads is gzip"};
    return false;
  }
  Unpacked unpacked = unpack_gzip(parsed.request.body, limits_.body_bytes_max);
  switch (unpacked.outcome) {
    case Unpacked::Outcome::whole: parsed.request.body = std::move(unpacked.bytes); return true;
    case Unpacked::Outcome::too_large: why = problem_of(beast::error::body_limit); return false;
    case Unpacked::Outcome::damaged: break;
  }
  why = {.status = 400, .detail = "the body is not gzip, as its Content-Encoding says"};
  return false;
}

struct RequestParser::Parts {
  const ServerOptions& limits;
  RefuseEarly refuse_early;
  std::optional<RequestReader> reader;  // none between requests

  RequestReader& begun() { return reader ? *reader : reader.emplace(limits, refuse_early); }
};

RequestParser::RequestParser(const ServerOptions& limits, RefuseEarly refuse_early)
    : parts_(std::make_unique<Parts>(Parts{limits, std::move(refuse_early), {}})) {}
RequestParser::~RequestParser() = default;

RequestParser::Progress RequestParser::feed(std::string_view bytes, std::size_t& used) {
  used = 0;
  // Some clients end a body with a line end that they do not count.
  while (!parts_->reader && used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n')) ++used;
  while (used < bytes.size()) {
    RequestReader& reader = parts_->begun();
    error_code error;
    used += reader.put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
    const bool needs_more = error == beast::error::need_more;
    // Beast bounds the header, but neither the line before a chunk nor the trailer after the last.
    if (needs_more && bytes.size() - used >= parts_->limits.header_bytes_max) error = beast::error::header_limit;
    if (error && error != beast::error::need_more) {
      reader.fail_with(error);
      return Progress::refused;
    }
    if (needs_more) return Progress::needs_more;
    if (reader.is_done()) return reader.complete() ? Progress::complete : Progress::refused;
  }
  return Progress::needs_more;
}

ParsedRequest RequestParser::take() {
  ParsedRequest parsed = std::move(parts_->reader->parsed);
  parts_->reader.reset();
  return parsed;
}

Response RequestParser::refusal() const { return parts_->reader->refusal(); }
void RequestParser::reset() { parts_->reader.reset(); }
bool RequestParser::is_between_requests() const { return !parts_->reader; }
bool RequestParser::has_header() const { return parts_->reader && parts_->reader->is_header_done(); }
bool RequestParser::is_head() const { return parts_->reader && parts_->reader->parsed.is_head; }
std::size_t RequestParser::body_bytes() const {
  return parts_->reader ? parts_->reader->parsed.request.body.size() : 0;
}

bool RequestParser::takes_continue() {
  return has_header() && !parts_->reader->is_done() && !parts_->reader->parsed.is_http10 &&
         std::exchange(parts_->reader->expects_continue, false);
}

}  // namespace dure::http
