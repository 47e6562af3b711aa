// The tokens of this server, and whose request it is.
#pragma once

#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dure/api/route.h"
#include "dure/journal/stored_token.h"

namespace dure::server {

// Any thread asks; the loop's thread puts what has become durable. Some 600 bytes a token. What is handed out is never
// changed, but for whether it is still good: the lock is held for a look-up, or to copy pointers.
class TokenBook final : public api::TokenSource, public api::Authenticator {
 public:
  // Whose secret it is; null if it is nobody's, or is no longer good. One hash and one look-up.
  std::shared_ptr<const api::Actor> find(std::string_view secret, Time now) const override;
  std::shared_ptr<const api::Actor> find_by_id(std::string_view token, Time now) const override;
  // A new one, or one that has changed: those who came with it before are told too.
  void put(StoredToken token);
  // Whether somebody can run the estate. O(tokens).
  bool has_operator(Time now) const;

  std::vector<std::shared_ptr<const StoredToken>> tokens(std::string_view first, std::size_t most) const override;
  std::shared_ptr<const StoredToken> token(std::string_view id) const override;
  std::vector<std::shared_ptr<const StoredToken>> tokens_of(std::string_view subject) const override;

 private:
  struct FirstBytes {
    std::size_t operator()(const Sha256& hash) const {
      std::size_t first = 0;
      std::memcpy(&first, hash.bytes.data(), sizeof first);
      return first;
    }
  };
  struct Known {
    std::shared_ptr<const StoredToken> token;          // shared with those who look at it
    std::shared_ptr<const api::Actor> actor;           // shared with the requests under way
    std::shared_ptr<std::atomic<std::int64_t>> until;  // shared with all actors of the token: when it ends, in ns
  };

  mutable std::shared_mutex mutex_;  // guards the rest
  std::unordered_map<Sha256, Known, FirstBytes> by_hash_;
  std::map<std::string, Sha256, std::less<>> by_id_;
  std::multimap<std::string, Sha256, std::less<>> by_subject_;
};

}  // namespace dure::server
