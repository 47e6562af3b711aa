// What Slurm says when it does not do something, as its users are told of it.
#pragma once

#include <string>

#include "dure/base/result.h"

namespace dure::engine {

// Of what its commands and slurmrestd say, maybe in several lines, the one that matters, and what to do about it.
// Code::unavailable: Slurm, or the way to it, is not as it should be, and nothing else would be done either;
// Code::failed: it is about this one thing.
Error refusal_of(const std::string& said);

}  // namespace dure::engine
