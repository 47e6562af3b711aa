#include "dure/http/client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <tuple>
#include <utility>

#include "dure/base/assert.h"
#include "dure/http/ascii.h"
#include "dure/http/certificate.h"

namespace dure::http {
namespace {

constexpr std::size_t problem_bytes_max = 65'536;  // of the answer to a stream or download that was refused

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void add(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  DURE_ASSERT(longer != nullptr);
  std::ignore = list.release();
  list.reset(longer);
}

// Takes what arrives of one answer.
struct Incoming {
  Response response;
  std::size_t body_bytes_max = 0;
  OnBytes on_bytes = {};  // gets the body of a 200 in place of `response`
  bool is_stopped = false;
  bool is_too_large = false;
  std::exception_ptr thrown = {};

  bool take(std::string_view bytes);
  void take_header(std::string_view line);
};

bool Incoming::take(std::string_view bytes) {
  if (on_bytes && response.status == 200) {
    is_stopped = on_bytes(bytes) == Next::stop;
    return !is_stopped;
  }
  is_too_large = response.body.size() + bytes.size() > body_bytes_max;
  if (!is_too_large) response.body += bytes;
  return !is_too_large;
}

void Incoming::take_header(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // another one follows `100 Continue`
    response.headers.clear();
    return;
  }
  if (line.find(':') == std::string_view::npos) return;
  const std::string_view name = take_until(line, ':');
  const std::string_view value = trimmed(line);
  if (equal_ignoring_case(name, "Content-Type")) response.content_type = value;
  response.headers.push_back({std::string(name), std::string(value)});
}

// An exception must not pass through C.
template <class Callback>
std::size_t guarded(Incoming& incoming, Callback&& callback) {
  try {
    return callback();
  } catch (...) {
    incoming.thrown = std::current_exception();
    return 0;
  }
}

using Instant = std::chrono::steady_clock::time_point;

struct Call {
  CURL* curl;
  Incoming& incoming;
  const std::function<bool()>& is_cancelled;
  std::optional<Duration> silence_timeout;
  Instant last_byte = std::chrono::steady_clock::now();
  bool is_silent = false;
};

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* call_of) {
  Call& call = *static_cast<Call*>(call_of);
  call.last_byte = std::chrono::steady_clock::now();
  return guarded(call.incoming, [&]() -> std::size_t {
    long status = 0;
    curl_easy_getinfo(call.curl, CURLINFO_RESPONSE_CODE, &status);
    call.incoming.response.status = static_cast<unsigned>(status);
    return call.incoming.take({bytes, size * count}) ? size * count : 0;
  });
}

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* call_of) {
  Call& call = *static_cast<Call*>(call_of);
  call.last_byte = std::chrono::steady_clock::now();
  return guarded(call.incoming, [&] {
    call.incoming.take_header({bytes, size * count});
    return size * count;
  });
}

// Called about once a second, whatever arrives. curl's own watch on slow transfers takes a heartbeat for silence: it
// counts whole bytes a second.
int on_progress(void* call_of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  Call& call = *static_cast<Call*>(call_of);
  const auto silence = std::chrono::steady_clock::now() - call.last_byte;
  call.is_silent = call.silence_timeout && silence > std::chrono::nanoseconds(call.silence_timeout->ns);
  if (call.is_silent) return 1;
  return guarded(call.incoming, [&]() -> std::size_t { return call.is_cancelled && call.is_cancelled() ? 0 : 1; }) == 0;
}

long milliseconds(Duration duration) { return static_cast<long>(duration.ns / 1'000'000); }

bool is_loopback(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return url.starts_with("127.") || url.starts_with("localhost") || url.starts_with("[::1]");
}

Code code_of(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return Code::invalid_argument;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_CONNECT_ERROR: return Code::unavailable;
    default: return Code::failed;
  }
}

Code code_of_status(unsigned status) {
  switch (status) {
    case 401:
    case 403: return Code::not_permitted;
    case 404: return Code::not_found;
    case 400:
    case 413:
    case 415:
    case 422: return Code::invalid_argument;
    case 502:
    case 503:
    case 504: return Code::unavailable;
    default: return Code::failed;
  }
}

std::optional<std::string> problem_detail(const Response& response) {
  if (!response.content_type.starts_with("application/problem+json")) return std::nullopt;
  boost::system::error_code error;
  const auto value = boost::json::parse(response.body, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto* detail = value.get_object().if_contains("detail");
  if (detail == nullptr || !detail->is_string() || detail->get_string().empty()) return std::nullopt;
  return std::string(detail->get_string().c_str());
}

// Of the server's own certificate, after a handshake.
Result<std::string> presented_fingerprint(CURL* curl) {
  curl_certinfo* chain = nullptr;
  curl_easy_getinfo(curl, CURLINFO_CERTINFO, &chain);
  if (chain == nullptr || chain->num_of_certs == 0) return fail(Code::failed, "the server shows no certificate");
  constexpr std::string_view label = "Cert:";
  for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
    const std::string_view text = line->data;
    if (text.starts_with(label)) return fingerprint_of_pem(text.substr(label.size()));
  }
  return fail(Code::failed, "the server shows no certificate");
}

}  // namespace

struct Client::Parts {
  ClientOptions options;
  CURL* curl = nullptr;
  std::string error = std::string(CURL_ERROR_SIZE, '\0');

  explicit Parts(ClientOptions given) : options(std::move(given)) {
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
    DURE_ASSERT(global == CURLE_OK);
    while (options.url.ends_with('/')) options.url.pop_back();
    curl = curl_easy_init();
    DURE_ASSERT(curl != nullptr);
  }
  ~Parts() { curl_easy_cleanup(curl); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(curl, option, value);
  }
  void set_common(std::string_view path);
  CURLcode shake_hands(bool is_trusting);
  void set_method(Method method, std::string_view body);
  Result<void> perform(Incoming& incoming, HeaderList headers, std::optional<Duration> silence_timeout = {});
  Result<void> follow(std::string_view path, OnBytes on_bytes, HeaderList headers);
  Error unreachable(CURLcode code) const;
  const std::string& where() const { return options.unix_socket.empty() ? options.url : options.unix_socket; }
};

void Client::Parts::set_common(std::string_view path) {
  curl_easy_reset(curl);  // keeps the connection
  set(CURLOPT_URL, (options.url + std::string(path)).c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, error.data());
  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout));
  if (is_loopback(options.url)) set(CURLOPT_PROXY, "");  // a proxy does not reach this machine's own addresses
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.fingerprint.empty()) {  // the key says who it is; a name or an authority adds nothing
    set(CURLOPT_PINNEDPUBLICKEY, options.fingerprint.c_str());
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!options.unix_socket.empty()) set(CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
}

void Client::Parts::set_method(Method method, std::string_view body) {
  if (method == Method::head) set(CURLOPT_NOBODY, 1L);
  const bool has_body = !body.empty() || method == Method::post || method == Method::put || method == Method::patch;
  if (has_body) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.data() != nullptr ? body.data() : "");
  }
  set(CURLOPT_CUSTOMREQUEST, std::string(to_text(method)).c_str());  // which curl copies
}

Result<void> Client::Parts::perform(Incoming& incoming, HeaderList headers, std::optional<Duration> silence_timeout) {
  if (!options.token.empty()) add(headers, "Authorization: Bearer " + options.token);
  Call call{
      .curl = curl, .incoming = incoming, .is_cancelled = options.is_cancelled, .silence_timeout = silence_timeout};
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, &call);
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, &call);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &on_progress);
  set(CURLOPT_XFERINFODATA, &call);
  error[0] = '\0';
  const CURLcode code = curl_easy_perform(curl);
  if (incoming.thrown) std::rethrow_exception(incoming.thrown);
  if (incoming.is_stopped) return {};
  if (incoming.is_too_large) {
    return fail(Code::failed,
                fmt::format("the answer of {} is larger than {} bytes", options.url, incoming.body_bytes_max));
  }
  if (call.is_silent) {
    return fail(Code::unavailable,
                fmt::format("the server at {} said nothing for {}", where(), to_text(*silence_timeout)));
  }
  if (code != CURLE_OK) return tl::unexpected(unreachable(code));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  incoming.response.status = static_cast<unsigned>(status);
  return {};
}

Error Client::Parts::unreachable(CURLcode code) const {
  const std::string why = error[0] != '\0' ? std::string(error.c_str()) : std::string(curl_easy_strerror(code));
  if (code == CURLE_SSL_PINNEDPUBKEYNOTMATCH || code == CURLE_PEER_FAILED_VERIFICATION) {
    const std::string what = code == CURLE_PEER_FAILED_VERIFICATION
                                 ? fmt::format("the server at {} cannot prove who it is: {}", where(), why)
                                 : fmt::format(
                                       "the server at {} shows another key than {}: it was given a new one, or "
                                       "something between here and there takes its place",
                                       where(), options.fingerprint);
    return {Code::failed,
            what + "; nothing was sent to it" + (options.key_remedy.empty() ? "" : "; ") + options.key_remedy};
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) return {Code::failed, "interrupted while waiting for " + where()};
  if (code_of(code) != Code::unavailable) return {code_of(code), fmt::format("{}: {}", where(), why)};
  const std::string remedy = options.remedy.empty() ? "" : "; " + options.remedy;
  return {Code::unavailable, fmt::format("the server at {} cannot be reached: {}{}", where(), why, remedy)};
}

Result<void> Client::Parts::follow(std::string_view path, OnBytes on_bytes, HeaderList headers) {
  set_common(path);
  Incoming incoming{.body_bytes_max = problem_bytes_max, .on_bytes = std::move(on_bytes)};
  auto performed = perform(incoming, std::move(headers), options.silence_timeout);
  if (!performed) return performed;
  if (incoming.response.status != 200) return tl::unexpected(error_of(incoming.response));
  return {};
}

// Connects, and no more. `is_trusting`: whatever is shown will do.
CURLcode Client::Parts::shake_hands(bool is_trusting) {
  set_common("/");
  set(CURLOPT_CONNECT_ONLY, 1L);
  set(CURLOPT_CERTINFO, 1L);
  if (is_trusting) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  error[0] = '\0';
  return curl_easy_perform(curl);
}

Result<Presented> meet(const ClientOptions& options) {
  ClientOptions unpinned = options;
  unpinned.fingerprint.clear();
  Client::Parts strict(unpinned);
  const CURLcode code = strict.shake_hands(false);
  // A wrong signature comes as the second of these; so does a port that speaks no TLS, but not once it is trusted.
  if (code != CURLE_OK && code != CURLE_PEER_FAILED_VERIFICATION && code != CURLE_SSL_CONNECT_ERROR) {
    return tl::unexpected(strict.unreachable(code));
  }
  Presented presented{.is_vouched_for = code == CURLE_OK};
  if (!presented.is_vouched_for) presented.objection = strict.error.c_str();
  Client::Parts trusting(unpinned);
  CURL* curl = strict.curl;
  if (!presented.is_vouched_for) {
    if (const CURLcode met = trusting.shake_hands(true); met != CURLE_OK) {
      return tl::unexpected(trusting.unreachable(met));
    }
    curl = trusting.curl;
  }
  auto fingerprint = presented_fingerprint(curl);
  if (!fingerprint) return tl::unexpected(fingerprint.error());
  presented.fingerprint = *std::move(fingerprint);
  return presented;
}

Client::Client(ClientOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<Response> Client::send(Method method, std::string_view path, std::string_view body,
                              const std::vector<Header>& headers) {
  parts_->set_common(path);
  parts_->set(CURLOPT_TIMEOUT_MS, milliseconds(parts_->options.timeout));
  parts_->set(CURLOPT_ACCEPT_ENCODING, "gzip");
  parts_->set_method(method, body);
  HeaderList list;
  // Without a type of its own curl would call the body a form.
  if (!body.empty() && !find_header(headers, "Content-Type")) add(list, "Content-Type: application/json");
  for (const Header& header : headers) {
    add(list, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  Incoming incoming{.body_bytes_max = parts_->options.response_bytes_max};
  const auto performed = parts_->perform(incoming, std::move(list));
  if (!performed) return tl::unexpected(performed.error());
  return std::move(incoming.response);
}

Result<void> Client::stream(std::string_view path, const OnEvent& on_event, std::string_view last_event_id) {
  HeaderList list;
  add(list, "Accept: text/event-stream");
  if (!last_event_id.empty()) add(list, "Last-Event-ID: " + std::string(last_event_id));
  EventParser parser(parts_->options.event_bytes_max);
  std::optional<Error> broken;
  const auto on_bytes = [&](std::string_view bytes) {
    const auto next = parser.feed(bytes, on_event);
    if (!next) broken = next.error();
    return next ? *next : Next::stop;
  };
  auto followed = parts_->follow(path, on_bytes, std::move(list));
  if (broken) return tl::unexpected(*std::move(broken));
  return followed;
}

Result<void> Client::download(std::string_view path, const OnBytes& on_bytes) {
  return parts_->follow(path, on_bytes, {});
}

Error error_of(const Response& response) {
  const auto detail = problem_detail(response);
  return {code_of_status(response.status),
          detail ? *detail : fmt::format("the server answered {} {}", response.status, reason_phrase(response.status))};
}

}  // namespace dure::http
