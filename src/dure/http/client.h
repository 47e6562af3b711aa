// An HTTP client for the command line and for other servers of ours.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/http/event_parser.h"
#include "dure/http/message.h"

namespace dure::http {

struct ClientOptions {
  std::string url = {};          // `http://127.0.0.1:8470`; paths are put behind it
  std::string token = {};        // sent as `Authorization: Bearer`
  std::string ca_file = {};      // in place of the system's certificates
  std::string fingerprint = {};  // of the server's key, as `sha256//...`: then no authority is asked
  std::string unix_socket = {};  // to connect to; the url then only gives the Host
  std::string remedy = {};       // what to do when nobody answers: `start the server with dure serve`
  std::string key_remedy = {};   // what to do when it shows another key, or one that nobody vouches for
  Duration connect_timeout = seconds(5);
  Duration timeout = seconds(60);                // for a whole answer of send()
  Duration silence_timeout = seconds(45);        // without a byte of a stream; three heartbeats
  std::size_t response_bytes_max = 268'435'456;  // of send(), unpacked
  std::size_t event_bytes_max = 1'048'576;
  // Asked about once a second; true ends the call with Code::failed.
  std::function<bool()> is_cancelled = {};
};

// Called with each piece of a body as it comes.
using OnBytes = std::function<Next(std::string_view bytes)>;

// What a server shows when it is met, before anything is sent.
struct Presented {
  std::string fingerprint;
  bool is_vouched_for = false;  // by the system's authorities, or those of `ca_file`
  std::string objection;        // if not: what is against it
};
// `url` must be https. Looks at no fingerprint.
Result<Presented> meet(const ClientOptions& options);

// Keeps its connection from one call to the next. For one thread at a time.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // An answer of any status is a Response; error_of() makes an Error of it. Code::unavailable: the server cannot be
  // reached, or stopped answering; then the request may or may not have been done. `path` may hold a query; see
  // encode().
  Result<Response> send(Method method, std::string_view path, std::string_view body = {},
                        const std::vector<Header>& headers = {});

  // Follows events until `on_event` has enough, or the server ends the stream; both are success. A stream that broke is
  // Code::unavailable: come again with the id of the last event.
  Result<void> stream(std::string_view path, const OnEvent& on_event, std::string_view last_event_id = {});

  // Passes on the body of a GET, of any length. Fails on any status but 200, as does stream().
  Result<void> download(std::string_view path, const OnBytes& on_bytes);

 private:
  friend Result<Presented> meet(const ClientOptions& options);
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Returns what a status of 400 or more means, with the detail of the problem if there is one.
Error error_of(const Response& response);

}  // namespace dure::http
