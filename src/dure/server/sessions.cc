#include "dure/server/sessions.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>

namespace dure::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view cookie = "dure_session";

Error unusable(const fs::path& path, std::string_view why) {
  return {Code::failed, fmt::format("{}: {}; remove it, and people sign in anew", path.string(), why)};
}

// The value of our cookie in `Cookie: a=b; dure_session=c`. Where there are several the last one: ours is for `/`, and
// browsers send those for longer paths first, which another port of this host may have set.
std::optional<std::string_view> value_of(std::string_view header) {
  std::optional<std::string_view> value;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find(';'), header.size());
    std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(cookie) && pair.substr(cookie.size()).starts_with('=')) value = pair.substr(cookie.size() + 1);
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
  Key key{};
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    const bool is_whole = ::read(file, key.data(), key.size()) == static_cast<ssize_t>(key.size());
    ::close(file);
    if (!is_whole) return tl::unexpected(unusable(path, "it is no key"));
    return Sessions(key);
  }
  if (::getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size())) {
    return fail(Code::failed, "the kernel gives no random numbers");
  }
  const fs::path fresh = path.string() + ".new";
  file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool is_written = file >= 0 && ::write(file, key.data(), key.size()) == static_cast<ssize_t>(key.size());
  if (file >= 0) ::close(file);
  if (!is_written || ::rename(fresh.c_str(), path.c_str()) != 0) {
    return fail(Code::failed, fmt::format("{}: cannot be written; check the folder and the disk", path.string()));
  }
  return Sessions(key);
}

std::string Sessions::seal(std::string_view what) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  ::HMAC(::EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
         reinterpret_cast<const unsigned char*>(what.data()), what.size(), mac.data(), &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", mac[i]);
  return text;
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
