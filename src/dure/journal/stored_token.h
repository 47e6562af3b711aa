// A token as it is kept: never its secret.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dure/base/sha256.h"
#include "dure/base/time.h"
#include "dure/tenancy/grant.h"

namespace dure {

struct StoredToken {
  std::string id;       // by which people speak of it
  Sha256 hash;          // of the secret
  std::string subject;  // the user of the jobs that it submits
  std::vector<Grant> grants;
  Time created;
  std::string by;               // the subject who made it
  std::optional<Time> expires;  // worthless from then on; nullopt: never
  std::optional<Time> revoked;  // likewise

  bool operator==(const StoredToken&) const = default;
};

template <class Archive>
void fields(Archive& archive, Like<StoredToken> auto& token) {
  archive(token.id);
  archive(token.hash);
  archive(token.subject);
  archive(token.grants);
  archive(token.created);
  archive(token.by);
  archive(token.expires);
  archive(token.revoked);
}

}  // namespace dure
