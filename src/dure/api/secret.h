// The secrets of tokens. What is kept of one is its SHA-256 alone: it is 256 random bits, so that nobody finds it by
// trying.
#pragma once

#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/base/sha256.h"

namespace dure::api {

// `dure_` and 64 hexadecimal digits of the kernel's random numbers.
Result<std::string> make_secret();
Sha256 hash_of_secret(std::string_view secret);
// How a token is called: of its hash, so that it tells nothing of the secret.
std::string token_id(const Sha256& hash);

}  // namespace dure::api
