#include "dure/cli/journal_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "dure/cli/time_text.h"
#include "dure/journal/tools.h"
#include "dure/server/config.h"

namespace dure::cli {
namespace {

std::filesystem::path folder_of(const JournalArguments& arguments) {
  return arguments.data.empty() ? server::default_data_folder() : std::filesystem::path(arguments.data);
}

}  // namespace

Result<int> verify_journal(const JournalArguments& arguments) {
  return journal::verify(folder_of(arguments)).map([&](const journal::Verified& whole) {
    if (arguments.json) {
      fmt::print(R"({{"facts":{},"turns":{},"digests":{},"texts":{},"ended_jobs":{},"snapshots":{}}})"
                 "\n",
                 whole.facts, whole.turns, whole.digests, whole.blobs, whole.ended_jobs, whole.snapshots);
    } else {
      fmt::print("{} is whole: {} facts in {} turns, {} digests, {} texts, {} ended jobs, {} snapshots\n",
                 folder_of(arguments).string(), whole.facts, whole.turns, whole.digests, whole.blobs, whole.ended_jobs,
                 whole.snapshots);
    }
    return 0;
  });
}

Result<int> dump_journal(const JournalArguments& arguments) {
  const auto print = [](const std::string& line) { fmt::print("{}\n", line); };
  return journal::dump(folder_of(arguments), print).map([] { return 0; });
}

Result<int> compact_journal(const JournalArguments& arguments) {
  return journal::compact(folder_of(arguments), arguments.keep_turns).map([&](const journal::Compacted& done) {
    if (arguments.json) {
      fmt::print(R"({{"facts":{},"bytes_before":{},"bytes_after":{}}})"
                 "\n",
                 done.facts, done.bytes_before, done.bytes_after);
    } else if (done.facts == 0) {
      fmt::print("nothing to pack: the newest {} turns stay as they are; --keep says how many\n", arguments.keep_turns);
    } else {
      fmt::print("{} facts packed: {} -> {} bytes\n", done.facts, done.bytes_before, done.bytes_after);
    }
    return 0;
  });
}

Result<int> accept_journal_end(const JournalArguments& arguments) {
  return journal::accept_end(folder_of(arguments), now_by_clock()).map([&](std::uint64_t sequence) {
    if (arguments.json) {
      fmt::print(R"({{"sequence":{}}})"
                 "\n",
                 sequence);
    } else {
      fmt::print("The journal now ends with fact {}. What came after it is gone.\n", sequence);
    }
    return 0;
  });
}

}  // namespace dure::cli
