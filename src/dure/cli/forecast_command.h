// `dure forecast`: when jobs are expected to start, and how good that has been.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dure/cli/connection.h"
#include "dure/cli/console.h"

namespace dure::cli {

struct ForecastArguments {
  std::vector<std::string> jobs;  // empty: all
  std::string tenant;
  std::size_t limit = 1000;  // 0: all
  bool record = false;
  bool json = false;
};

Result<int> forecast(const ForecastArguments& arguments, Connection& connection, const Console& console);

}  // namespace dure::cli
