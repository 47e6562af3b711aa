// What a request asks the loop to do, names resolved, and what came of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dure/base/ids.h"
#include "dure/base/result.h"
#include "dure/core/fact.h"
#include "dure/core/window_notice.h"
#include "dure/journal/stored_token.h"
#include "dure/spec/job_reader.h"

namespace dure::api {

struct NewJob {
  spec::JobFile file;
  std::vector<std::byte> text;  // canonical bytes of file.text
  BlobId text_id;
};
struct SubmitJobs {
  std::vector<NewJob> jobs;
};

enum class JobAct : std::uint8_t { cancel, hold, release };
struct ActOnJob {
  JobId job;
  JobAct act = JobAct::cancel;
};
struct ChangeJob {
  JobUpdated change;
};
struct DrainNode {
  NodeId node;
  std::string reason;
};
struct ResumeNode {
  NodeId node;
};
// `window.id` is the loop's to set.
struct OpenWindow {
  Window window;
};
struct CloseWindow {
  std::string name;
};
// The fleet or the tenants, anew; or only whether that might be done now.
struct DeclareEstate {
  std::variant<FleetDeclared, TenantsDeclared> change;
  bool is_dry_run = false;
};

// What is done to credits, in order: all of it or nothing. Ids, and who did it, are the loop's to set; what begins at
// `read_at` begins when it is done.
struct Book {
  std::vector<ledger::Change> changes;
  Time read_at;
  bool is_dry_run = false;
};

// `token.created` is the loop's to set.
struct CreateToken {
  StoredToken token;
};
struct RevokeToken {
  std::string id;
};

using Command = std::variant<SubmitJobs, ActOnJob, ChangeJob, DrainNode, ResumeNode, DeclareEstate, CreateToken,
                             RevokeToken, OpenWindow, CloseWindow, Book>;

// The jobs that one document of a submission became: consecutive ids.
struct Submitted {
  JobId first;
  std::uint32_t count = 1;
};

struct CommandResult {
  std::uint64_t sequence = 0;           // of the view in which it shows
  std::vector<Result<Submitted>> jobs;  // of SubmitJobs, in order
  Result<void> done;                    // of everything else
  std::optional<WindowNotice> notice;   // of OpenWindow
  std::vector<GrantId> grants;          // of Book: those that it awarded
};

}  // namespace dure::api
