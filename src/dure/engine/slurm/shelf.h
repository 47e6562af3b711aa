// The folder that a server and the nodes of a cluster share: what is to be run, who began it, and how it ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dure/base/result.h"
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
  Time at;                   // to the second
  bool is_by_script = true;  // else by srun, with no task that has failed
};

class Shelf {
 public:
  // Makes the folder where it is not there. Fails if it cannot be written, or is another server's: `server` is a word
  // that no other has.
  static Result<Shelf> open(const std::string& folder, const std::string& server);

  const std::string& folder() const { return folder_; }

  std::string home_of(JobId job) const;
  std::string folder_of(const DecisionId& decision) const;

  // Makes the attempt's folder and the job's own, with these files; again, if it is there.
  Result<void> put(const DecisionId& decision, const std::vector<ShelfFile>& files) const;
  // Whoever claims first decides: true if nothing of the attempt has run or ever will; false if its Slurm job was
  // first. Says the same when it is asked again.
  Result<bool> take_back(const DecisionId& decision) const;
  bool is_taken_back(const DecisionId& decision) const;
  // The Slurm job that began it; nothing if none did.
  std::optional<std::uint64_t> begun_by(const DecisionId& decision) const;
  // And when, by the clock of the shared folder.
  std::optional<Time> begun_at(const DecisionId& decision) const;
  // When anything in its folder, or in the job's own, was last written. O(files).
  Time last_sign_of(const DecisionId& decision) const;
  std::optional<ShelfExit> exit_of(const DecisionId& decision) const;
  // The last line that Slurm, or the batch's script, has printed; empty if there is none.
  std::string last_words_of(const DecisionId& decision) const;
  // Of all attempts that have a folder, in no order.
  std::vector<DecisionId> decisions() const;
  // Removes the attempt's folder; the job's own stays.
  void remove(const DecisionId& decision) const;

 private:
  explicit Shelf(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
};

}  // namespace dure::engine
