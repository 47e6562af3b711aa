// What `dure submit` and `dure run` send, made from what was typed.
#pragma once

#include <string>
#include <vector>

#include "dure/base/result.h"
#include "dure/cli/job_options.h"
#include "dure/work/job_text.h"

namespace dure::cli {

// Where a command was typed.
struct Surroundings {
  std::string directory;  // absolute
  std::vector<Variable> environment;

  // Those of this process.
  static Surroundings of_process();
};

struct Submission {
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::string> warnings;
  bool is_made = false;  // of a script or a command: nobody has written this body
};

// A command with its arguments, run where and with the variables with which it was typed. Requires !words.empty().
Result<Submission> submission_of_command(const std::vector<std::string>& words, const JobOptions& options,
                                         const Surroundings& surroundings);

// A file as it was typed: `job.yaml`, or a script that begins with `#!`, with the options of sbatch and the arguments
// that came behind it. `-` is the standard input.
struct TypedFile {
  std::string path;
  std::vector<std::string> batch_options;
  std::vector<std::string> arguments;
};
Result<Submission> submission_of_file(const TypedFile& file, const JobOptions& options,
                                      const Surroundings& surroundings);

}  // namespace dure::cli
