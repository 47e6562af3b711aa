#include "dure/http/target.h"

#include <array>
#include <cstddef>
#include <optional>

#include "dure/http/ascii.h"
#include "dure/http/utf8.h"

namespace dure::http {
namespace {

enum class Plus { stays, is_space };

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (lower(c) >= 'a' && lower(c) <= 'f') return static_cast<unsigned>(lower(c) - 'a' + 10);
  return std::nullopt;
}

// Returns the byte that `%41` at the front of `text` stands for.
std::optional<char> escaped_byte(std::string_view text) {
  if (text.size() < 3) return std::nullopt;
  const auto high = hex_digit(text[1]);
  const auto low = hex_digit(text[2]);
  if (!high || !low) return std::nullopt;
  return static_cast<char>(*high * 16 + *low);
}

Result<std::string> decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%') {
      const auto byte = escaped_byte(text.substr(at));
      if (!byte) return fail(Code::invalid_argument, "a % in the address is not followed by two hexadecimal digits");
      out += *byte;
      at += 2;
    } else {
      out += text[at] == '+' && plus == Plus::is_space ? ' ' : text[at];
    }
  }
  if (!is_utf8(out, Controls::refused)) {
    return fail(Code::invalid_argument, "the address holds bytes that are not UTF-8, or control characters");
  }
  return out;
}

// `http://host/path` becomes `/path`: a proxy writes the first line that way.
std::string_view without_authority(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const std::size_t path = target.find_first_of("/?", scheme + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

bool is_unreserved(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

Result<Target> read_target(std::string_view target) {
  target = without_authority(target);
  if (target.find('#') != std::string_view::npos) {
    return fail(Code::invalid_argument, "the address holds a #; what follows it is not sent to a server");
  }
  std::string_view query = target;
  auto path = decode(take_until(query, '?'), Plus::stays);
  if (!path) return tl::unexpected(std::move(path.error()));
  if (path->empty()) *path = "/";
  if (*path != "*" && !path->starts_with('/')) {
    return fail(Code::invalid_argument, "the address does not begin with /");
  }
  Target read{.path = *std::move(path)};
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    if (value.empty()) continue;
    auto name = decode(take_until(value, '='), Plus::is_space);
    if (!name) return tl::unexpected(std::move(name.error()));
    auto decoded = decode(value, Plus::is_space);
    if (!decoded) return tl::unexpected(std::move(decoded.error()));
    read.query.push_back({*std::move(name), *std::move(decoded)});
  }
  return read;
}

std::string encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', digits[byte / 16], digits[byte % 16]};
    }
  }
  return out;
}

}  // namespace dure::http
