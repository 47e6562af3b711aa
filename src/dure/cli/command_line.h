// From the words that were typed to what the commands are told.
#pragma once

#include <string>

#include "dure/cli/typed.h"

namespace CLI {
class App;
class Error;
}  // namespace CLI

namespace dure::cli {

// Reads the words of `main` into what the options and commands of `app` write to, which is in `typed`; what stands
// behind `--`, a batch script or the command of a step is left as it is. Throws CLI::ParseError at what is not
// understood.
void parse_all(CLI::App& app, Typed& typed, int argc, char** argv);

// `dure logs: job is required; ...`: what is wrong with what was typed, and where to look. Requires an app.
std::string usage_mistake(const CLI::App* app, const CLI::Error& error);

}  // namespace dure::cli
