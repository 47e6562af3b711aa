// Answers the server's questions, one after the other. It holds nothing that a restart would lose.
#pragma once

#include <string>

#include "dure/base/result.h"
#include "dure/engine/fd.h"
#include "dure/engine/local/launcher_link.h"
#include "dure/launcher/accounts.h"
#include "dure/launcher/config.h"
#include "dure/launcher/job_groups.h"

namespace dure::launcher {

class Service {
 public:
  // Requires root. `supervisor` is the program to start.
  static Result<Service> open(const Config& config, std::string supervisor);
  // Until the process is ended, which nothing that it has started notices.
  [[noreturn]] void run();
  // As JobGroups tells it.
  const std::string& why_no_gpu_fences() const { return groups_.why_no_fences(); }

 private:
  Service(Config config, std::string supervisor, Accounts accounts, engine::Fd listener);

  void serve(const engine::Fd& socket);
  Result<void> answer(const engine::Fd& socket, const engine::Message& message);
  Result<engine::Fd> start(const std::vector<std::string>& words);
  Result<void> sweep(const std::vector<std::string>& words);

  Config config_;
  std::string supervisor_;
  Accounts accounts_;
  JobGroups groups_;
  engine::Fd listener_;
};

}  // namespace dure::launcher
