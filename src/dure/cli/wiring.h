// What parts of the command tree that stand apart are given of the program.
#pragma once

#include <functional>

#include "dure/base/result.h"
#include "dure/cli/connection.h"
#include "dure/cli/console.h"
#include "dure/cli/typed.h"

namespace CLI {
class App;
}

namespace dure::cli {

// What was chosen, to be done once all is parsed. Returns the exit code.
using Action = std::function<Result<int>()>;
using ServerAction = std::function<Result<int>(Connection&)>;

// All that it refers to must outlive the tree.
struct Wiring {
  CLI::App& app;
  Typed& typed;
  const Console& console;
  std::function<void(Action)> choose;
  std::function<Action(ServerAction)> connected;
  std::function<void(CLI::App*)> with_server;  // adds the option that names the server
};

}  // namespace dure::cli
