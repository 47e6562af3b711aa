// Sessions of browsers: a cookie stands for a token, so that no script ever holds the secret.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/http/message.h"

namespace dure::server {

// The cookie is `TOKEN_ID.END.MAC`: it names a token, lasts for twelve hours, and is sealed by a key of this server
// (HMAC-SHA256), so that it outlives a restart and nobody else can make one. Any thread.
class Sessions {
 public:
  static constexpr Duration length = hours(12);

  // The key lies in `data`/session.key, mode 0600, and is made where there is none: removing it ends all sessions.
  static Result<Sessions> open(const std::filesystem::path& data);

  // The header that gives a browser a session. With TLS it is sent by TLS alone.
  enum class Tls : bool { no, yes };
  http::Header begin(std::string_view token, Time now, Tls tls) const;
  // Ends the session of the request, until this server ends; the header takes it away from the browser.
  http::Header end(const http::Request& request, Time now);

  // The id of the token whose session this is; nullopt if there is none, or it is no longer good.
  std::optional<std::string> token_of(const http::Request& request, Time now) const;

 private:
  explicit Sessions(std::string key) : key_(std::move(key)), ended_(std::make_unique<Ended>()) {}
  std::string seal(std::string_view what) const;

  // By what the cookie says, with the time at which it would have ended by itself.
  struct Ended {
    std::mutex mutex;
    std::map<std::string, Time, std::less<>> sessions;  // guarded by it
  };
  struct Session {
    std::string_view text;  // `TOKEN_ID.END`
    std::string_view token;
    Time end;
  };
  std::optional<Session> session_of(const http::Request& request, Time now) const;

  std::string key_;
  std::unique_ptr<Ended> ended_;
};

}  // namespace dure::server
