#include "dure/server/sessions.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <cstdint>
#include <fstream>

#include "dure/api/secret.h"
#include "dure/base/sha256.h"
#include "dure/http/ascii.h"
#include "dure/server/private_file.h"

namespace dure::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view cookie = "dure_session";

// The value of our cookie in `Cookie: a=b; dure_session=c`. Where there are several the last one: ours is for `/`, and
// browsers send those for longer paths first, which another port of this host may have set.
std::optional<std::string_view> value_of(std::string_view header) {
  std::optional<std::string_view> value;
  while (!header.empty()) {
    std::string_view pair = http::trimmed(http::take_until(header, ';'));
    if (pair.find('=') != std::string_view::npos && http::take_until(pair, '=') == cookie) value = pair;
  }
  return value;
}

http::Header set_cookie(std::string_view value, std::int64_t seconds, bool is_secure) {
  return {"Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}", cookie, value, seconds,
                                    is_secure ? "; Secure" : "")};
}

}  // namespace

Result<Sessions> Sessions::open(const fs::path& data) {
  const fs::path path = data / "session.key";
  if (std::ifstream file(path); file) {
    std::string key;
    if (std::getline(file, key) && key.size() >= 32) return Sessions(key);
    return fail(Code::failed, fmt::format("{}: it is no key; remove it, and people sign in anew", path.string()));
  }
  auto key = api::make_secret();
  if (!key) return tl::unexpected(key.error());
  if (auto written = write_private(path, *key + "\n"); !written) return tl::unexpected(written.error());
  return Sessions(*key);
}

std::string Sessions::seal(std::string_view what) const {
  Sha256 mac;
  ::HMAC(::EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
         reinterpret_cast<const unsigned char*>(what.data()), what.size(), mac.bytes.data(), nullptr);
  return hex(mac);
}

http::Header Sessions::begin(std::string_view token, Time now, Tls tls) const {
  const std::string what = fmt::format("{}.{}", token, (now + length).ns);
  return set_cookie(what + "." + seal(what), length.whole_seconds(), tls == Tls::yes);
}

http::Header Sessions::end(const http::Request& request, Time now) {
  if (const auto session = session_of(request, now)) {
    const std::lock_guard lock(ended_->mutex);
    std::erase_if(ended_->sessions, [now](const auto& entry) { return entry.second <= now; });
    ended_->sessions.emplace(session->text, session->end);
  }
  return set_cookie("", 0, false);
}

std::optional<Sessions::Session> Sessions::session_of(const http::Request& request, Time now) const {
  const auto value = value_of(request.header("cookie").value_or(""));
  if (!value) return std::nullopt;
  const std::size_t mac_at = value->rfind('.');
  if (mac_at == std::string_view::npos) return std::nullopt;
  const std::string_view text = value->substr(0, mac_at);
  const std::string_view mac = value->substr(mac_at + 1);
  const std::string own = seal(text);
  if (mac.size() != own.size() || ::CRYPTO_memcmp(mac.data(), own.data(), own.size()) != 0) return std::nullopt;
  const std::size_t end_at = text.rfind('.');
  if (end_at == std::string_view::npos) return std::nullopt;
  Session session{.text = text, .token = text.substr(0, end_at), .end = {}};
  const std::string_view digits = text.substr(end_at + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), session.end.ns);
  if (now >= session.end) return std::nullopt;
  return session;
}

std::optional<std::string> Sessions::token_of(const http::Request& request, Time now) const {
  const auto session = session_of(request, now);
  if (!session) return std::nullopt;
  const std::lock_guard lock(ended_->mutex);
  if (ended_->sessions.contains(session->text)) return std::nullopt;
  return std::string(session->token);
}

}  // namespace dure::server
