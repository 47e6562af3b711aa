// Operations that may fail return Result<T>. What a user must understand about a job is data, not an error;
// bugs are DURE_ASSERT.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace dure {

// A small canonical set, mapped one to one to exit codes and HTTP statuses.
enum class Code : unsigned char {
  failed,            // the operation failed; exit code 1
  invalid_argument,  // bad usage or input; exit code 2
  not_permitted,     // exit code 3
  not_found,         // exit code 4
  unavailable,       // the other side cannot be reached; exit code 5
};

struct Error {
  Code code = Code::failed;
  std::string message;  // names the thing and the way out; complete as printed
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

inline int exit_code(Code code) { return static_cast<int>(code) + 1; }

}  // namespace dure
