#include "runs.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace dure::e2e {
namespace {

// Seconds and microseconds, as bash writes EPOCHREALTIME.
Time time_of(std::string text) {
  std::erase(text, '.');
  return Time{std::stoll(text) * 1000};
}

}  // namespace

const char* const run_script =
    "#!/bin/bash\n"
    "echo begin $DURE_JOB_ID $DURE_RESTART $EPOCHREALTIME >>\"$1\"\n"
    "[ $2 = 0 ] || sleep $2\n"
    "echo end $DURE_JOB_ID $DURE_RESTART $EPOCHREALTIME >>\"$1\"\n"
    "exit $3\n";

std::map<AttemptOf, Seen> read_runs(const std::filesystem::path& file) {
  std::map<AttemptOf, Seen> runs;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind;
    std::string time;
    AttemptOf attempt;
    words >> kind >> attempt.job >> attempt.restart >> time;
    Seen& seen = runs[attempt];
    (kind == "begin" ? seen.begins : seen.ends) += 1;
    (kind == "begin" ? seen.began : seen.ended) = time_of(time);
  }
  return runs;
}

}  // namespace dure::e2e
