// What runs on the nodes; the build makes these of the files beside.
#pragma once

#include <string_view>

namespace dure::engine {

extern const std::string_view batch_sh;
extern const std::string_view task_sh;

}  // namespace dure::engine
