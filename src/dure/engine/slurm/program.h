// Runs a program to its end, with a bound.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dure/base/result.h"
#include "dure/base/time.h"
#include "dure/work/job_text.h"

namespace dure::engine {

// inherited_environment(), with a PATH in any case.
std::vector<Variable> program_environment();

// `more` in place of those of the same name.
std::vector<Variable> with_variables(std::vector<Variable> environment, const std::vector<Variable>& more);

struct ProgramEnd {
  int exit_code = 0;  // as a shell says it
  std::string output;
  std::string error;
};

// Reads `input` and no more, has no files but its own, and these variables alone; is looked for in its PATH. Fails with
// not_found if there is no such program, and with unavailable if it was killed after `most`: what it did by then is not
// known.
Result<ProgramEnd> run_program(const std::vector<std::string>& command, const std::vector<Variable>& environment,
                               Duration most, std::string_view input = {});

}  // namespace dure::engine
