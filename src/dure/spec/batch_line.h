// The #SBATCH lines of a batch script as words, as sbatch splits them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dure/spec/mistakes.h"

namespace dure::spec {

struct Word {
  std::string text;  // without its quotes
  Place place;
};

// The words of one `#SBATCH` line.
using BatchLine = std::vector<Word>;

struct BatchLines {
  std::vector<BatchLine> lines;
  std::vector<Place> passed_over;  // #SBATCH lines that sbatch does not read: indented, or after the first command
};

// Returns the directives before the first command of `script`. Quotes that are never closed are mistakes.
BatchLines split_batch_script(std::string_view script, std::uint32_t source, Mistakes& mistakes);

}  // namespace dure::spec
