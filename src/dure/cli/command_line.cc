#include "dure/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "dure/spec/suggest.h"
#include "dure/spec/value.h"

namespace dure::cli {
namespace {

// What is typed behind `--` belongs to a command of the user's, and nobody else reads it.
std::vector<std::string> take_behind_dashes(std::vector<std::string>& words) {
  const bool has_command =
      !words.empty() && (words.front() == "submit" || words.front() == "run" || words.front() == "step");
  const auto dashes = has_command ? std::find(words.begin(), words.end(), "--") : words.end();
  if (dashes == words.end()) return {};
  std::vector<std::string> behind(dashes + 1, words.end());
  words.erase(dashes, words.end());
  return behind;
}

bool is_job_file(const std::string& path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
}

void parse(CLI::App& app, std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  app.parse(std::move(words));
}

// Reads what `submit` is to submit. Options behind a job file are its own, so they are read in a second go.
void parse_submit(CLI::App& app, std::vector<std::string> words, SubmitArguments& arguments) {
  arguments.file = app.get_subcommand("submit")->remaining();
  if (arguments.file.empty()) return;
  const std::string first = arguments.file.front();
  if (first.starts_with('-') && first != "-") {
    throw CLI::ExtrasError("submit", {first + ", which must stand behind the script if it is an option of sbatch"});
  }
  if (!is_job_file(first) || arguments.file.size() == 1) return;
  words.erase(std::find(words.begin(), words.end(), first));
  arguments = SubmitArguments{.words = std::move(arguments.words)};
  app.clear();
  parse(app, std::move(words));
  const std::vector<std::string> rest = app.get_subcommand("submit")->remaining();
  if (!rest.empty()) throw CLI::ExtrasError("submit", rest);
  arguments.file = {first};
}

// Reads the command that `step` is to start. Dashes in front of it are nobody's, later ones are its own.
void parse_step(CLI::App& app, const std::vector<std::string>& typed, const std::vector<std::string>& behind,
                std::vector<std::string>& command) {
  command = app.get_subcommand("step")->remaining();
  if (!command.empty() && command.front().starts_with('-')) throw CLI::ExtrasError("step", {command.front()});
  const bool has_dashes = std::find(typed.begin(), typed.end(), "--") != typed.end();
  if (has_dashes && !command.empty()) command.emplace_back("--");
  command.insert(command.end(), behind.begin(), behind.end());
}

// Jobs find the program under a second name.
bool is_srun(std::string_view program) { return program.substr(program.rfind('/') + 1) == "srun"; }

// Which command was meant, as it was typed: `dure logs`.
std::string name_of_chosen(const CLI::App& app) {
  std::string name = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    name += ' ' + at->get_name();
  }
  return name;
}

// The word that no command has taken; empty if there is none.
std::string unknown_word(const CLI::App& app, std::string_view what) {
  constexpr std::string_view unexpected = "The following argument was not expected: ";
  if (what.starts_with(unexpected)) return std::string(what.substr(unexpected.size()));
  return app.get_subcommands().empty() && app.remaining_size() > 0 ? app.remaining().front() : "";
}

}  // namespace

void parse_all(CLI::App& app, Typed& typed, int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (is_srun(argv[0])) words.insert(words.begin(), "step");
  const std::vector<std::string> all = words;
  const std::vector<std::string> behind = take_behind_dashes(words);
  typed.submit.words = behind;
  typed.run.words = behind;
  parse(app, words);
  if (app.got_subcommand("submit")) parse_submit(app, std::move(words), typed.submit);
  if (app.got_subcommand("step")) parse_step(app, all, behind, typed.step.words);
}

std::string usage_mistake(const CLI::App* app, const CLI::Error& error) {
  const std::string command = name_of_chosen(*app);
  std::string what = error.what();
  if (const std::string word = unknown_word(*app, what); !word.empty()) {
    what = "found " + spec::quote(word) + ", which it does not know";
    std::vector<std::string> names;
    for (const CLI::App* each : app->get_subcommands({})) names.push_back(each->get_name());
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto meant = app->get_subcommands().empty() ? spec::nearest(word, views) : std::nullopt;
    if (meant) return command + ": " + what + "; did you mean '" + std::string(*meant) + "'?\n";
  }
  return command + ": " + what + "; `" + command + " --help` lists what there is\n";
}

}  // namespace dure::cli
