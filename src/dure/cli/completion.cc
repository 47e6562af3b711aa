#include "dure/cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dure::cli {
namespace {

std::string option_words(const CommandTree& command) {
  std::string words;
  for (const OptionName& option : command.options) {
    for (const std::string& name : option.names) words += (words.empty() ? "" : " ") + name;
  }
  return words;
}

// What may stand behind a command: those below it, or its own words.
std::string next_words(const CommandTree& command) {
  std::string words = fmt::format("{}", fmt::join(command.words, " "));
  for (const CommandTree& below : command.commands) words += (words.empty() ? "" : " ") + below.name;
  return words;
}

// The parts of the script that each command adds to. A command is known by its path, `journal verify`; the program
// itself by none.
struct BashCases {
  std::string paths;    // that a word leads to
  std::string values;   // of options
  std::string options;  // and the words that may stand behind a command
};

void add_cases(const CommandTree& command, const std::string& path, BashCases& cases) {
  for (const OptionName& option : command.options) {
    if (!option.takes_value) continue;
    std::string patterns;
    for (const std::string& name : option.names) {
      patterns += fmt::format("{}'{} {}'", patterns.empty() ? "" : " | ", path, name);
    }
    cases.values += fmt::format("    {}) words='{}'; options='' ;;\n", patterns, fmt::join(option.values, " "));
  }
  cases.options +=
      fmt::format("    '{}') words='{}'; options='{}' ;;\n", path, next_words(command), option_words(command));
  for (const CommandTree& below : command.commands) {
    const std::string below_path = path.empty() ? below.name : path + ' ' + below.name;
    cases.paths += fmt::format("      '{}/{}') path='{}' ;;\n", path, below.name, below_path);
    add_cases(below, below_path, cases);
  }
}

// Options are offered where one was begun, as else they would stand in the way of files.
std::string bash_script(const CommandTree& tree) {
  BashCases cases;
  add_cases(tree, "", cases);
  return fmt::format(R"(# Completion of {0} for bash.
_{0}() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
  local path='' words='' options='' word
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$path/$word" in
      */--) return ;;
{1}    esac
  done
  case "$path $previous" in
{2}    *) case "$path" in
{3}    esac ;;
  esac
  case "$current" in
    -*) words="$options" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _{0} {0}
)",
                     tree.name, cases.paths, cases.values, cases.options);
}

// For a text in single quotes, within brackets or behind a colon.
std::string zsh_quoted(const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else if (c == '[' || c == ']' || c == ':' || c == '\\') {
      quoted += std::string("\\") + c;
    } else {
      quoted += c;
    }
  }
  return quoted;
}

// What is offered for a value: the words there are, else files.
std::string zsh_action(const std::vector<std::string>& words) {
  return words.empty() ? "_files" : fmt::format("({})", fmt::join(words, " "));
}

std::string zsh_options(const CommandTree& command) {
  std::string lines;
  for (const OptionName& option : command.options) {
    const std::string value = option.takes_value ? ":value:" + zsh_action(option.values) : "";
    for (const std::string& name : option.names) {
      lines += fmt::format(" \\\n        '{}[{}]{}'", name, zsh_quoted(option.description), value);
    }
  }
  return lines;
}

// Functions for the command and those below it; `name` is that of its own.
std::string zsh_functions(const CommandTree& command, const std::string& name) {
  if (command.commands.empty()) {
    return fmt::format("{}() {{\n  _arguments{} \\\n        '*:word:{}'\n}}\n", name, zsh_options(command),
                       zsh_action(command.words));
  }
  std::string functions;
  std::string listed;
  std::string cases;
  for (const CommandTree& below : command.commands) {
    const std::string below_name = name + '_' + below.name;
    functions += zsh_functions(below, below_name);
    listed += fmt::format("    '{}:{}'\n", below.name, zsh_quoted(below.description));
    cases += fmt::format("    {}) {} ;;\n", below.name, below_name);
  }
  return functions + fmt::format(R"({0}() {{
  local -a commands
  commands=(
{1}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case "$words[1]" in
{2}  esac
}}
)",
                                 name, listed, cases);
}

// Read by `source` it registers itself; found in a folder of functions it is called at once.
std::string zsh_script(const CommandTree& tree) {
  return fmt::format(R"(#compdef {0}
# Completion of {0} for zsh.
{1}if [[ "$funcstack[1]" = _{0} ]]; then
  _{0} "$@"
else
  compdef _{0} {0}
fi
)",
                     tree.name, zsh_functions(tree, '_' + tree.name));
}

}  // namespace

std::vector<std::string> values_of(const std::string& type) {
  if (type == "SHELL") return {"bash", "zsh"};
  if (type == "LEVEL") return {"node", "rack", "block", "site"};
  if (type == "STATE,...") return {"held", "pending", "starting", "running", "stopping", "ended"};
  return {};
}

Result<std::string> completion_script(const CommandTree& tree, const std::string& shell) {
  if (shell == "bash") return bash_script(tree);
  if (shell == "zsh") return zsh_script(tree);
  return fail(Code::invalid_argument, fmt::format("completion: found '{}'; write bash or zsh", shell));
}

}  // namespace dure::cli
