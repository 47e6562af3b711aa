// What a shell needs to know to complete commands and options.
#pragma once

#include <string>
#include <vector>

#include "dure/base/result.h"

namespace dure::cli {

struct OptionName {
  std::vector<std::string> names;  // `-n`, `--name`
  std::string description;
  bool takes_value = false;
  std::vector<std::string> values = {};  // what may be written; empty: anything, such as a file
};

// A command with those below it.
struct CommandTree {
  std::string name;
  std::string description;
  std::vector<OptionName> options;
  std::vector<CommandTree> commands;
  std::vector<std::string> words = {};  // that may stand behind it; empty: anything, such as a file
};

// What may be written for an option or word of that type name; empty: anything.
std::vector<std::string> values_of(const std::string& type);

// Returns the script for `bash` or `zsh`.
Result<std::string> completion_script(const CommandTree& tree, const std::string& shell);

}  // namespace dure::cli
