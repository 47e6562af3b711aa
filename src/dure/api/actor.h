// Who acts.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/time.h"
#include "dure/tenancy/grant.h"

namespace dure::api {

struct Actor {
  std::string subject;  // the user's name, kept with every job
  std::string token;    // its id, never the secret
  std::vector<Grant> grants;
  // Until when what is still under way goes on; unset: for ever. Shared with who may end it before.
  std::shared_ptr<const std::atomic<std::int64_t>> good_until_ns = nullptr;

  bool is_good(Time now) const { return good_until_ns == nullptr || now.ns < good_until_ns->load(); }
};

// Who somebody is by what they send as `Authorization: Bearer`. The tokens of this server are one way; whoever gets
// subjects and claims from elsewhere makes the same actors of them.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // Null if it is nobody's, or no longer good. Any thread.
  virtual std::shared_ptr<const Actor> find(std::string_view secret, Time now) const = 0;
  // Who has the token of that id, for a session that was begun with it. Likewise.
  virtual std::shared_ptr<const Actor> find_by_id(std::string_view token, Time now) const = 0;
};

}  // namespace dure::api
