// The folder that a server and the nodes of a cluster share: what is to be run, who began it, and how it ended.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/account.h"
#include "dure/engine/slurm/decision_id.h"

namespace dure::engine {

struct ShelfFile {
  std::string name;
  std::string text;
  bool is_program = false;
};

// How its script ended, as the script of the batch tells it.
struct ShelfExit {
  int code = 0;
  Time at;                   // to the second; not before it was ordered, and not in the future
  bool is_by_script = true;  // else by srun, with no task that has failed
};

// The folders of an attempt and of a job may belong to the job's account, whose jobs can put there what they like: what
// is read there may be anything, and is never more than the account itself could read.
class Shelf {
 public:
  // Makes the folder where it is not there. Fails if it cannot be written, or is another server's, or another site's of
  // this one: `server` is a word that no other has.
  static Result<Shelf> open(const std::string& folder, const std::string& server, const std::string& site);
  // Lets accounts have their folders in it. Fails if nothing can be given away there, to uid `example` say, or others
  // could change what lies above.
  Result<void> open_to_accounts(uid_t example) const;

  const std::string& folder() const { return folder_; }

  std::string home_of(JobId job) const;
  std::string folder_of(const DecisionId& decision) const;

  // Makes the attempt's folder and the job's own, with these files; again, if it is there. Both are the account's, if
  // there is one. Of what was taken back: nothing.
  Result<void> put(const DecisionId& decision, const std::vector<ShelfFile>& files,
                   const Account* account = nullptr) const;
  // Whoever claims first decides: true if nothing of the attempt has run or ever will; false if its Slurm job was
  // first. Says the same when it is asked again.
  Result<bool> take_back(const DecisionId& decision);
  bool is_taken_back(const DecisionId& decision) const;
  // Whether what stands in the place of its claim is none: its account has put it there.
  bool is_spoilt(const DecisionId& decision) const;
  // The Slurm job that began it; nothing if none did.
  std::optional<std::uint64_t> begun_by(const DecisionId& decision) const;
  // And when, by the clock of the shared folder.
  std::optional<Time> begun_at(const DecisionId& decision) const;
  // When anything in its folder, or in the job's own, was last written. Looks at 1,000 names of each.
  Time last_sign_of(const DecisionId& decision) const;
  std::optional<ShelfExit> exit_of(const DecisionId& decision) const;
  // The last line that Slurm, or the batch's script, has printed; empty if there is none.
  std::string last_words_of(const DecisionId& decision) const;
  // To whom the attempt's folder was given; nothing if it has none.
  std::optional<uid_t> owner_of(const DecisionId& decision) const;
  // Of all attempts that have a folder, in no order.
  std::vector<DecisionId> decisions() const;
  // Removes the attempt's folder; the job's own stays. What is too much for once is removed later.
  void remove(const DecisionId& decision);

 private:
  explicit Shelf(std::string folder) : folder_(std::move(folder)) {}

  static Result<void> sign(const std::string& folder, const std::string& server, const std::string& site);
  bool put_away(const DecisionId& decision);
  void clear_gone();

  std::string folder_;
  std::vector<std::string> gone_;  // folders that are to be cleared
};

}  // namespace dure::engine
