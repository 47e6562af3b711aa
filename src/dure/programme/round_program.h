// A round as an integer program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dure/programme/choices.h"
#include "dure/programme/integer_program.h"
#include "dure/programme/limits.h"

namespace dure::programme {

// The columns of a choice: whether it is awarded, and by how many steps it exceeds its least.
struct ChoiceColumns {
  std::size_t awarded = 0;
  std::optional<std::size_t> steps;
};

struct RoundProgram {
  IntegerProgram program;              // the rows of the limits come first, in their order
  std::vector<ChoiceColumns> columns;  // by choice
};

RoundProgram program_of(const Call& call, const std::vector<Choice>& choices, const std::vector<Limit>& limits);

// The cards of each choice.
std::vector<std::int64_t> cards_of(const RoundProgram& round, const std::vector<Choice>& choices, const Values& values);

}  // namespace dure::programme
