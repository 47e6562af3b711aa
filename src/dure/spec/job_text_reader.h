// Reads what a job runs: the script, what it is given, where its output goes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dure/spec/reader.h"
#include "dure/spec/refusal.h"
#include "dure/work/job_text.h"

namespace dure::spec {

constexpr std::size_t most_script_bytes = 1024 * 1024;
constexpr std::size_t most_argument_bytes = 128 * 1024 - 1;  // Linux refuses longer ones; `NAME=value` likewise
constexpr std::size_t most_invocation_bytes = 1024 * 1024;   // arguments and environment together
constexpr std::size_t longest_path = 4095;                   // bytes

// The fields `script`, `launch`, `arguments`, `environment`, `directory`, `output`, `error`, `append` and
// `early_signal` of a job.
void read_run(Fields& in, JobText& text);

// USR1, USR2, TERM, INT, HUP, QUIT or CONT.
std::optional<std::string> read_signal(const Node& node);
// The name of one of these, which may come with SIG before it or as its number: `SIGUSR1`, `10`.
std::optional<std::string_view> find_signal(std::string_view text);

// Whether a variable may have that name: letters, digits and `_`, or `BASH_FUNC_name%%`, as which bash exports a
// function.
bool is_variable_name(std::string_view text);

// A file name with %j, %A, %a, %x, %t and %% in it; nullopt if it is one.
std::optional<Refusal> refuse_file_name(std::string_view text);

}  // namespace dure::spec
