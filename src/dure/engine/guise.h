// The rights of a job's account, for one thread of a server that has more.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <vector>

#include "dure/engine/account.h"

namespace dure::engine {

// While it lives, the calling thread opens, makes and looks for files as the account would, and no better. Whom signals
// reach, and who may look at this process, stays as it was. Requires CAP_SETUID and CAP_SETGID; without them it is not
// worn. Of the process's own account it changes nothing.
class Guise {
 public:
  Guise(uid_t uid, gid_t gid, const std::vector<gid_t>& groups);
  explicit Guise(const Account& account) : Guise(account.uid, account.gid, account.groups) {}
  ~Guise();
  Guise(const Guise&) = delete;
  Guise& operator=(const Guise&) = delete;

  explicit operator bool() const { return is_worn_; }

 private:
  bool put_on(uid_t uid, gid_t gid, const std::vector<gid_t>& groups);
  void take_off();

  bool is_worn_ = false;
  bool is_other_ = false;
  std::vector<gid_t> groups_;                 // of the thread before
  std::array<std::uint32_t, 2> effective_{};  // capabilities, likewise
};

}  // namespace dure::engine
