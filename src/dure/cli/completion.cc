#include "dure/cli/completion.h"

#include <fmt/format.h>

namespace dure::cli {
namespace {

std::string option_words(const CommandTree& command) {
  std::string words;
  for (const OptionName& option : command.options) {
    for (const std::string& name : option.names) words += (words.empty() ? "" : " ") + name;
  }
  return words;
}

std::string command_words(const CommandTree& tree) {
  std::string words;
  for (const CommandTree& command : tree.commands) words += (words.empty() ? "" : " ") + command.name;
  return words;
}

std::string bash_script(const CommandTree& tree) {
  std::string cases;
  for (const CommandTree& command : tree.commands) {
    cases += fmt::format("    {}) words='{}' ;;\n", command.name, option_words(command));
  }
  return fmt::format(R"(# Completion of {0} for bash.
_{0}() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" command='' word words
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in
      -*) ;;
      *) command="$word"; break ;;
    esac
  done
  case "$command" in
    '') words='{1} {2}' ;;
{3}    *) words='' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _{0} {0}
)",
                     tree.name, command_words(tree), option_words(tree), cases);
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

std::string zsh_options(const CommandTree& command) {
  std::string lines;
  for (const OptionName& option : command.options) {
    for (const std::string& name : option.names) {
      lines += fmt::format(" \\\n        '{}[{}]{}'", name, zsh_quoted(option.description),
                           option.takes_value ? ":value:_default" : "");
    }
  }
  return lines;
}

std::string zsh_script(const CommandTree& tree) {
  std::string commands;
  std::string cases;
  for (const CommandTree& command : tree.commands) {
    commands += fmt::format("    '{}:{}'\n", command.name, zsh_quoted(command.description));
    cases +=
        fmt::format("    {})\n      _arguments{} \\\n        '*:file:_files' ;;\n", command.name, zsh_options(command));
  }
  return fmt::format(R"(#compdef {0}
# Completion of {0} for zsh.
_{0}() {{
  local -a commands
  commands=(
{1}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
{2}  esac
}}
compdef _{0} {0}
)",
                     tree.name, commands, cases);
}

}  // namespace

Result<std::string> completion_script(const CommandTree& tree, const std::string& shell) {
  if (shell == "bash") return bash_script(tree);
  if (shell == "zsh") return zsh_script(tree);
  return fail(Code::invalid_argument, fmt::format("completion: found '{}'; write bash or zsh", shell));
}

}  // namespace dure::cli
