#include "dure/engine/guise.h"

#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "dure/base/assert.h"

namespace dure::engine {
namespace {

// The C library would change all threads.
bool set_groups(const std::vector<gid_t>& groups) {
  return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0;
}

bool set_ids(uid_t uid, gid_t gid) {
  ::setfsgid(gid);
  ::setfsuid(uid);
  // They tell of no failure but by what is there then.
  constexpr auto ask = static_cast<uid_t>(-1);
  return static_cast<gid_t>(::setfsgid(ask)) == gid && static_cast<uid_t>(::setfsuid(ask)) == uid;
}

struct Capabilities {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> sets{};

  bool read() { return ::syscall(SYS_capget, &header, sets.data()) == 0; }
  bool write() { return ::syscall(SYS_capset, &header, sets.data()) == 0; }
};

constexpr std::uint32_t way_back = 1U << CAP_SETUID | 1U << CAP_SETGID;

}  // namespace

Guise::Guise(uid_t uid, gid_t gid, const std::vector<gid_t>& groups) {
  if (uid == ::geteuid()) {
    is_worn_ = true;
    return;
  }
  Capabilities now;
  groups_.resize(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  if (!now.read() || ::getgroups(static_cast<int>(groups_.size()), groups_.data()) < 0) return;
  if ((now.sets[0].effective & way_back) != way_back) return;
  effective_ = {now.sets[0].effective, now.sets[1].effective};
  is_other_ = true;
  is_worn_ = put_on(uid, gid, groups);
  if (is_worn_) return;
  take_off();
  is_other_ = false;
}

Guise::~Guise() {
  if (is_other_) take_off();
}

bool Guise::put_on(uid_t uid, gid_t gid, const std::vector<gid_t>& groups) {
  Capabilities now;
  if (!set_groups(groups) || !set_ids(uid, gid) || !now.read()) return false;
  now.sets[0].effective &= way_back;
  now.sets[1].effective = 0;
  return now.write();
}

void Guise::take_off() {
  DURE_ASSERT(set_groups(groups_));
  DURE_ASSERT(set_ids(::geteuid(), ::getegid()));
  Capabilities now;
  DURE_ASSERT(now.read());
  now.sets[0].effective = effective_[0];
  now.sets[1].effective = effective_[1];
  DURE_ASSERT(now.write());
}

}  // namespace dure::engine
