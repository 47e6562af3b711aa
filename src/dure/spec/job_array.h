// The indices of an array of jobs: `0-99`, `1,3,5-9:2`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dure/spec/reader.h"
#include "dure/spec/refusal.h"
#include "dure/work/job_text.h"

namespace dure::spec {

constexpr std::size_t most_array_indices = 100'000;
constexpr std::uint32_t highest_array_index = 4'000'000;

// Returns the indices, ascending and each once; at least one. O(indices).
Readable<std::vector<std::uint32_t>> parse_array(std::string_view text);

std::optional<std::vector<std::uint32_t>> read_array(const Node& node);

// What scripts that share work out by an array ask for: SLURM_ARRAY_TASK_COUNT and the like. Requires indices as above.
std::vector<Variable> array_variables(const std::vector<std::uint32_t>& indices);

}  // namespace dure::spec
