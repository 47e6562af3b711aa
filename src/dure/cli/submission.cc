#include "dure/cli/submission.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <string_view>
#include <utility>

#include "dure/cli/file_text.h"
#include "dure/spec/batch_script.h"
#include "dure/spec/job_text_reader.h"
#include "dure/spec/scalars.h"
#include "dure/spec/text_check.h"
#include "dure/spec/value.h"

extern char** environ;

namespace dure::cli {
namespace {

// A script for whatever was typed: its words arrive as arguments, so that nothing needs quotes.
constexpr std::string_view command_script = "#!/bin/sh\nexec \"$@\"\n";

// Variables of Dure and Slurm speak of the server, or of a job that the shell is in; a token must not go along.
bool goes_along(const Variable& variable) {
  return !variable.name.starts_with("DURE_") && !variable.name.starts_with("SLURM_");
}

bool is_sendable(const Variable& variable) {
  return spec::is_variable_name(variable.name) && spec::is_utf8(variable.value) &&
         variable.name.size() + 1 + variable.value.size() <= spec::most_argument_bytes;
}

// The last part of a path, as a name of a job.
std::string name_of(std::string_view path) {
  const std::string name(path.substr(path.rfind('/') + 1));
  return spec::is_name(name) ? name : "job";
}

bool ends_with_any(std::string_view path, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return path.ends_with(end); });
}

Result<void> refuse_beside_job_file(const TypedFile& file, const JobOptions& options) {
  std::string extra = first_given(options);
  if (extra.empty() && !file.batch_options.empty()) extra = file.batch_options.front();
  if (extra.empty() && !file.arguments.empty()) extra = file.arguments.front();
  if (extra.empty()) return {};
  return fail(Code::invalid_argument, fmt::format("{}: {} says all of the job; write it there", extra, file.path));
}

Result<Submission> submission_of_script(std::string_view text, const TypedFile& file, const JobOptions& options,
                                        const Surroundings& surroundings) {
  const spec::Submission where{.directory = surroundings.directory,
                               .environment = surroundings.environment,
                               .arguments = file.arguments,
                               .options = file.batch_options};
  auto script = spec::read_batch_script(text, file.path == "-" ? "stdin" : file.path, where);
  if (!script) return tl::unexpected(script.error());
  if (const auto applied = apply(options, script->document); !applied) return tl::unexpected(applied.error());
  return Submission{.body = spec::to_json(script->document), .warnings = std::move(script->warnings), .is_made = true};
}

}  // namespace

Surroundings Surroundings::of_process() {
  std::error_code error;
  Surroundings surroundings{.directory = std::filesystem::current_path(error).string(), .environment = {}};
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view text = *each;
    const std::size_t equals = std::min(text.find('='), text.size());
    Variable variable{.name = std::string(text.substr(0, equals)),
                      .value = std::string(text.substr(std::min(equals + 1, text.size())))};
    if (goes_along(variable)) surroundings.environment.push_back(std::move(variable));
  }
  std::sort(surroundings.environment.begin(), surroundings.environment.end());
  return surroundings;
}

Result<Submission> submission_of_command(const std::vector<std::string>& words, const JobOptions& options,
                                         const Surroundings& surroundings) {
  spec::JobDocument job;
  job.name = name_of(words.front());
  job.text.script = command_script;
  job.text.arguments = words;
  job.text.directory = surroundings.directory;
  std::copy_if(surroundings.environment.begin(), surroundings.environment.end(),
               std::back_inserter(job.text.environment), is_sendable);
  if (const auto applied = apply(options, job); !applied) return tl::unexpected(applied.error());
  for (const std::string& word : words) {
    if (!spec::is_utf8(word)) {
      return fail(Code::invalid_argument,
                  fmt::format("{}: found text that is not UTF-8; write it to a script", spec::quote(word)));
    }
  }
  return Submission{.body = spec::to_json(job), .is_made = true};
}

Result<Submission> submission_of_file(const TypedFile& file, const JobOptions& options,
                                      const Surroundings& surroundings) {
  auto text = file_text(file.path);
  if (!text) return tl::unexpected(text.error());
  const bool is_json = file.path.ends_with(".json");
  if (!is_json && !ends_with_any(file.path, {".yaml", ".yml"})) {
    if (text->starts_with("#!")) return submission_of_script(*text, file, options, surroundings);
    if (file.path != "-") {
      return fail(Code::invalid_argument,
                  fmt::format("{}: found neither a job file (.yaml) nor a script; begin a script with a line such as "
                              "#!/bin/bash, or put `--` before a command",
                              file.path));
    }
  }
  if (const auto alone = refuse_beside_job_file(file, options); !alone) return tl::unexpected(alone.error());
  return Submission{.body = *std::move(text), .content_type = is_json ? "application/json" : "application/yaml"};
}

}  // namespace dure::cli
