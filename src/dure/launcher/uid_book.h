// Which tenant has which uid of the range that is for tenants. A uid once given stays that tenant's: files have it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "dure/base/result.h"
#include "dure/launcher/config.h"

namespace dure::launcher {

class UidBook {
 public:
  // A file that need not be there yet; each line a uid and a tenant.
  static Result<UidBook> open(const std::filesystem::path& path, UidRange range);

  // The tenant's, a new one if it has none yet; that is durable when this returns. Fails if none is left.
  // Requires a name without control characters.
  Result<std::uint32_t> uid_of(const std::string& tenant);

 private:
  Result<void> append(std::uint32_t uid, const std::string& tenant);

  std::filesystem::path path_;
  UidRange range_;
  std::uint32_t next_ = 0;
  std::map<std::string, std::uint32_t> uids_;
};

}  // namespace dure::launcher
