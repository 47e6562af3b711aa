// Slurm by slurmrestd, in its OpenAPI v0.0.38 (Slurm 22.05 to 23.11).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dure/engine/slurm/slurm_link.h"
#include "dure/http/client.h"
#include "dure/work/job_text.h"

namespace dure::engine {

struct RestOptions {
  std::string socket;      // of a slurmrestd with rest_auth/local; else `url` and `token_file`
  std::string url;         // `http://127.0.0.1:6820`
  std::string user;        // whose token it is; empty: the token says it
  std::string config;      // the path of slurm.conf, for the commands in jobs; empty: where they look for it
  std::string token_file;  // as `scontrol token` prints it; read for each call, so that it may be renewed
};

// v0.0.38 cannot drain: drain() and resume() fail, and say by which command it is done.
class RestLink final : public SlurmLink {
 public:
  explicit RestLink(RestOptions options);

  Result<void> check(const std::string& partition) override;
  Result<std::uint64_t> submit(const SlurmSubmission& submission) override;
  Result<std::vector<SlurmJob>> jobs() override;
  Result<std::vector<SlurmNode>> nodes() override;
  std::optional<SlurmJob> recall(std::uint64_t job, Time at) override;
  Result<void> signal(std::uint64_t job, const std::string& signal) override;
  Result<void> cancel(std::uint64_t job) override;
  Result<void> drain(const std::string& node, const std::string& reason) override;
  Result<void> resume(const std::string& node) override;

 private:
  // As whom, and of which of slurmrestd's parts, something is asked.
  struct Question {
    http::Method method = http::Method::get;
    std::string user = {};  // with the token that there is; empty: the server's own
    std::string_view part = "slurm";
  };
  // The JSON that it answers, which may hold errors.
  Result<std::string> ask(const Question& question, std::string_view path, std::string_view body = {});
  Result<std::vector<http::Header>> credentials(const std::string& user) const;

  RestOptions options_;
  http::Client client_;
  std::vector<Variable> environment_;  // of the scripts that are submitted
};

}  // namespace dure::engine
