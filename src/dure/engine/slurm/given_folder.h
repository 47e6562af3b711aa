// A folder in one of the server's own that was given to a job's account. Its name cannot be changed by the account; all
// that is in it can, at any moment. Nothing here follows a link, waits for another, reads without bound, or does what
// the account itself could not do there.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/engine/fd.h"

namespace dure::engine {

class GivenFolder {
 public:
  // Nothing if there is no folder.
  static std::optional<GivenFolder> find(std::string path);

  uid_t owner() const { return uid_; }

  // Writes a file at once or not at all. `not_permitted` if the server may not act as the account.
  Result<void> write(const std::string& name, std::string_view text, mode_t mode) const;
  // The first or the last `most` bytes of a plain file; nothing if there is none.
  enum class Part : bool { first, last };
  std::optional<std::string> read(const std::string& name, Part part, std::size_t most) const;
  // Removes what is in it, while `names` lasts: it counts down. `in_part`: the rest can be removed by the next call;
  // `not_permitted`: it cannot, or the server may not act as the account.
  enum class Cleared : std::uint8_t { all, in_part, not_permitted };
  Cleared clear(std::size_t& names) const;

 private:
  GivenFolder(std::string path, uid_t uid, gid_t gid) : path_(std::move(path)), uid_(uid), gid_(gid) {}
  Fd open() const;

  std::string path_;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
};

}  // namespace dure::engine
