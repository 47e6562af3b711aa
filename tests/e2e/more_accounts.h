// Accounts that only a test and what it starts know of.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace dure::e2e {

struct TestAccount {
  std::string name;
  uid_t uid = 0;  // and gid
};

// While it lives, the calling thread and what it starts see a passwd and a group file with these as well, which are
// written into `folder`; no file of the machine is touched.
class MoreAccounts {
 public:
  MoreAccounts(const std::filesystem::path& folder, const std::vector<TestAccount>& accounts);
  ~MoreAccounts();
  MoreAccounts(const MoreAccounts&) = delete;

  // What keeps it from that; empty if nothing does.
  const std::string& why_not() const { return why_not_; }

 private:
  std::string why_not_;
};

}  // namespace dure::e2e
