#include "dure/api/secret.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>

namespace dure::api {

Result<std::string> make_secret() {
  std::array<unsigned char, 32> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return fail(Code::failed, "the kernel gives no random numbers");
  }
  std::string secret = "dure_";
  for (const unsigned char byte : bytes) secret += fmt::format("{:02x}", byte);
  return secret;
}

Sha256 hash_of_secret(std::string_view secret) { return sha256(secret); }

std::string token_id(const Sha256& hash) { return "t" + hex(hash).substr(0, 12); }

}  // namespace dure::api
