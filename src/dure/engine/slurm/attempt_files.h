// What an attempt is for Slurm and for the shell on its nodes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/engine/attempt.h"
#include "dure/engine/slurm/shelf.h"
#include "dure/engine/slurm/slurm_link.h"

namespace dure::engine {

// As one word of a shell, whatever is in it but a zero byte.
std::string shell_word(std::string_view text);

// Refuses what Slurm cannot run: a part of a GPU, a terminal.
Result<void> check(const Attempt& attempt);

// Nodes with as many tasks and GPUs as each other form a component, in the order in which they come.
std::vector<SlurmComponent> components_of(const Attempt& attempt);

// Where an attempt lies.
struct ShelfPlace {
  std::string attempt;  // its folder
  std::string home;     // the job's own
};

// The files for the attempt's folder, and the script that is submitted. The outputs of a first run are replaced unless
// its job appends.
std::vector<ShelfFile> files_of(const Attempt& attempt, const ShelfPlace& place);
std::string batch_script_of(const Attempt& attempt, const ShelfPlace& place);

}  // namespace dure::engine
