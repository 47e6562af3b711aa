#include "dure/server/token_book.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "dure/api/secret.h"

namespace dure::server {
namespace {

std::int64_t end_of(const StoredToken& token) {
  if (token.revoked) return std::numeric_limits<std::int64_t>::min();
  return token.expires ? token.expires->ns : std::numeric_limits<std::int64_t>::max();
}

}  // namespace

std::shared_ptr<const api::Actor> TokenBook::find(std::string_view secret, Time now) const {
  const Sha256 hash = api::hash_of_secret(secret);
  const std::shared_lock lock(mutex_);
  const auto found = by_hash_.find(hash);
  return found != by_hash_.end() && found->second.actor->is_good(now) ? found->second.actor : nullptr;
}

std::shared_ptr<const api::Actor> TokenBook::find_by_id(std::string_view token, Time now) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_id_.find(token);
  if (found == by_id_.end()) return nullptr;
  const Known& known = by_hash_.at(found->second);
  return known.actor->is_good(now) ? known.actor : nullptr;
}

void TokenBook::put(StoredToken token) {
  const auto kept = std::make_shared<const StoredToken>(std::move(token));
  const std::unique_lock lock(mutex_);
  Known& known = by_hash_[kept->hash];
  if (known.token == nullptr) {
    by_id_[kept->id] = kept->hash;
    by_subject_.emplace(kept->subject, kept->hash);
    known.until = std::make_shared<std::atomic<std::int64_t>>();
    known.actor = std::make_shared<const api::Actor>(
        api::Actor{.subject = kept->subject, .token = kept->id, .grants = kept->grants, .good_until_ns = known.until});
  }
  known.until->store(end_of(*kept));
  known.token = kept;
}

bool TokenBook::has_operator(Time now) const {
  const std::shared_lock lock(mutex_);
  return std::ranges::any_of(by_hash_, [&](const auto& entry) {
    const api::Actor& actor = *entry.second.actor;
    return actor.is_good(now) && api::is_operator(actor);
  });
}

std::vector<std::shared_ptr<const StoredToken>> TokenBook::tokens(std::string_view first, std::size_t most) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<const StoredToken>> tokens;
  for (auto at = by_id_.lower_bound(first); at != by_id_.end() && tokens.size() < most; ++at) {
    tokens.push_back(by_hash_.at(at->second).token);
  }
  return tokens;
}

std::shared_ptr<const StoredToken> TokenBook::token(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : by_hash_.at(found->second).token;
}

std::vector<std::shared_ptr<const StoredToken>> TokenBook::tokens_of(std::string_view subject) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::shared_ptr<const StoredToken>> tokens;
  const auto [begin, end] = by_subject_.equal_range(subject);
  for (auto at = begin; at != end; ++at) tokens.push_back(by_hash_.at(at->second).token);
  return tokens;
}

}  // namespace dure::server
