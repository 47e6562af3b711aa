// Which files Dure itself writes and reads on behalf of a job, whatever paths the job names.
#pragma once

#include <string>
#include <string_view>

#include "dure/base/result.h"
#include "dure/engine/fd.h"

namespace dure::engine {

// A folder that is closed to the files of jobs, but for the job's own folder in it. Absolute paths.
struct Reach {
  std::string closed = {};  // empty: none
  std::string home = {};
};

// Refuses a path that leads into what is closed, through links and `..` too. The file need not be there.
Result<void> check_reach(const std::string& path, const Reach& reach);

// Opens a plain file of one name, or /dev/null: no link, and nothing that could block or be another's under a second
// name. `flags` as for open(2); creates with mode 0640. An error begins with what the caller was `doing`.
Result<Fd> open_plain(const std::string& path, int flags, std::string_view doing = "cannot open");

// The same to read, of what is within reach now that it is open: what its path leads to may change meanwhile.
Result<Fd> open_within(const std::string& path, const Reach& reach);

// Opens a regular file of a disk to read, as far as this thread may; a path may lead through links, but not those of
// /proc. Never waits for a writer.
Result<Fd> open_regular(const std::string& path);

}  // namespace dure::engine
