// `dure journal verify | dump | compact`: what can be done with a journal without a server.
#pragma once

#include <cstdint>
#include <string>

#include "dure/base/result.h"

namespace dure::cli {

struct JournalArguments {
  std::string data;  // its folder; empty: where a server keeps it unless told
  bool json = false;
  std::uint64_t keep_turns = 1000;  // that `compact` leaves as they are
};

// Each returns the exit code.
Result<int> verify_journal(const JournalArguments& arguments);
Result<int> dump_journal(const JournalArguments& arguments);
Result<int> compact_journal(const JournalArguments& arguments);
Result<int> accept_journal_end(const JournalArguments& arguments);

}  // namespace dure::cli
