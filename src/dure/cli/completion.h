// What a shell needs to know to complete commands and options.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dure/base/result.h"

namespace dure::cli {

struct OptionName {
  std::vector<std::string> names;  // `-n`, `--name`
  std::string description;
  bool takes_value = false;
};

// A command with those below it.
struct CommandTree {
  std::string name;
  std::string description;
  std::vector<OptionName> options;
  std::vector<CommandTree> commands;
};

// Returns the script for `bash` or `zsh`.
Result<std::string> completion_script(const CommandTree& tree, const std::string& shell);

}  // namespace dure::cli
