// One job of an answer, as texts for a table or a page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/time.h"
#include "dure/cli/answer.h"
#include "dure/cli/console.h"
#include "dure/cli/table.h"

namespace dure::cli {

// `12`, or `10_2` in an array.
std::string job_text(const Answer& row);

// The outcome of a job that has ended, else its state.
std::string state_text(const Answer& row);
Colour state_colour(const Answer& row);

// `32 × 8 GPUs`, `2 CPUs`.
std::string demand_text(const Answer& row);

// `1 GPU`, `0.5 GPUs`, and `512 MiB`, `2 GiB`.
std::string counted(const std::string& amount, std::string_view unit);
std::string memory_of(std::int64_t mib);

// What it waits for: `3 (ok), 4 (any)`.
std::string after_text(const Answer& row);

// How long its last run was, or is so far; empty if there was none, or that is not known.
std::string ran_text(const Answer& row, Time now);

// The same, or how long one that waits does so since it was submitted or last ran.
std::string time_spent_text(const Answer& row, Time now);

// Whether it has not been let to start yet.
bool is_waiting(const Answer& row);

// Where it runs; when it starts; why it waits; how it ended.
std::string place_or_reason(const Answer& row, Time now);

// The table of `dure queue`. Jobs of one array that wait for the same reason share a row.
Table queue_table(const std::vector<Answer>& rows, Time now);

// The exit code with which a command that waited for the job ends: 0 if it completed, its own if it has one, else 1.
int exit_code_of(const Answer& row);

// `job 12 completed`, `job 12 failed with exit code 3`.
std::string end_text(const Answer& row);

}  // namespace dure::cli
