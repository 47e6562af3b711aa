// What an application gets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dure::programme {

struct Award {
  std::size_t application = 0;
  std::size_t ask = 0;
  std::int64_t cards = 0;
};

using Awards = std::vector<Award>;

}  // namespace dure::programme
