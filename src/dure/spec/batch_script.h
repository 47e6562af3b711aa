// Reads a batch script with #SBATCH lines as sbatch does. docs/batch-scripts.md says what becomes of each directive.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/spec/job_document.h"
#include "dure/work/job_text.h"

namespace dure::spec {

// Where and how a script is submitted.
struct Submission {
  std::string directory;               // absolute: where the user is
  std::vector<Variable> environment;   // the user's
  std::vector<std::string> arguments;  // of the script
  std::vector<std::string> options;    // sbatch's, such as `--mem=4G`; they override the script's
};

struct BatchScript {
  JobDocument document;
  std::vector<std::string> warnings;  // complete as printed
};

// `name` is the script's file, in messages and as the job's name where none is given. Returns every directive that
// cannot be read or honoured.
Result<BatchScript> read_batch_script(std::string_view text, const std::string& name, const Submission& submission);

}  // namespace dure::spec
