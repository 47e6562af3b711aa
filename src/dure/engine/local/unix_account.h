// The account of a job, where a launcher gives it one of its own. The launcher starts a supervisor as the server's
// account with three capabilities and the words below in its environment. The supervisor keeps the job's account as its
// saved one, and CAP_KILL: so it can become that account and no other, root least of all, whatever its records make it
// do. When its tasks wait to begin it gives that up too; from then on they cannot signal it, and it can touch nothing
// of theirs but end them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/work/job_text.h"

namespace dure::engine {

// Names of the launcher's words to a supervisor.
namespace word {
inline constexpr const char* uid = "DURE_UID";
inline constexpr const char* gid = "DURE_GID";
inline constexpr const char* processes = "DURE_PROCESSES_MAX";
inline constexpr const char* cgroups = "DURE_CGROUPS";  // folders, with `:` between them
}  // namespace word

// Of the calling process, which has one thread.
class UnixAccount {
 public:
  // None: jobs run as this process does. All of the functions below then do nothing.
  UnixAccount() = default;
  // What the launcher said. Fails if this process cannot become it: then nothing must be run.
  static Result<UnixAccount> from_launcher();

  explicit operator bool() const { return uid_ != 0; }
  // HOME, USER and the like.
  const std::vector<Variable>& environment() const { return environment_; }
  std::uint64_t processes_max() const { return processes_max_; }
  const std::vector<std::string>& cgroup_parents() const { return cgroup_parents_; }

  // For a child that is to run a program: for ever, and without a way to gain privileges. False if it could not.
  // Allocates nothing.
  bool become() const;
  // No later call can become the account.
  void renounce() const;

  // While it lives, files are opened, made and looked for with the rights of the account.
  class Guise {
   public:
    explicit Guise(const UnixAccount& account);
    ~Guise();
    Guise(const Guise&) = delete;

   private:
    const UnixAccount& account_;
  };

 private:
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  std::uint64_t processes_max_ = 0;
  std::vector<Variable> environment_;
  std::vector<std::string> cgroup_parents_;
};

}  // namespace dure::engine
