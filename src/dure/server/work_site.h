// What the server needs of whoever runs work at one site.
#pragma once

#include <string>

#include "dure/base/result.h"
#include "dure/engine/attempt.h"
#include "dure/engine/fd.h"
#include "dure/engine/local/starter.h"
#include "dure/engine/output_name.h"

namespace dure::server {

// Orders come from the loop's thread and wait for nothing; the last two functions from any.
class WorkSite {
 public:
  virtual ~WorkSite() = default;
  virtual void start(engine::Attempt attempt) = 0;
  virtual void stop(engine::AttemptId id, engine::StopOrder order) = 0;
  // Its end, or that it was taken back, is durable.
  virtual void forget(engine::AttemptId id) = 0;
  // What an operator has said of a node.
  virtual void drain(const std::string& /*node*/, const std::string& /*reason*/) {}
  virtual void resume(const std::string& /*node*/) {}

  virtual std::string output_path_of(const JobText& text, const engine::OutputName& name,
                                     engine::Stream stream) const = 0;
  virtual Result<engine::Fd> open_log(JobId job, const engine::Owner& owner, const std::string& path) const = 0;
};

}  // namespace dure::server
