// Every file here has a mistake, and beside it the message that a user gets for it. DURE_REWRITE=1 writes the
// messages anew, to be read before they are committed. The beginning of a file's name says what it is; lines
// `# --set ...` at the top of a scenario are its overrides.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "dure/simulate/scenario_reader.h"
#include "dure/spec/batch_script.h"
#include "dure/spec/fleet_reader.h"
#include "dure/spec/job_reader.h"
#include "dure/spec/tenants_reader.h"

namespace dure {
namespace {

namespace fs = std::filesystem;

const fs::path folder = DURE_MALFORMED_SPEC;

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Fleet good_fleet() { return Fleet(*spec::read_fleet(folder / "good-fleet.yaml")); }

Tenants good_tenants() {
  const Fleet fleet = good_fleet();
  return spec::make_tenants(*spec::read_tenants(folder / "good-tenants.yaml", fleet), fleet);
}

std::vector<std::string> overrides_in(const std::string& text) {
  constexpr std::string_view mark = "# --set ";
  std::vector<std::string> overrides;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line.starts_with(mark);) {
    overrides.push_back(line.substr(mark.size()));
  }
  return overrides;
}

template <class T>
std::string message(const Result<T>& result) {
  return result ? "accepted" : result.error().message;
}

std::string message_for(const fs::path& path) {
  const std::string name = path.filename().string();
  const std::string text = content(path);
  if (name.starts_with("fleet-")) return message(spec::read_fleet_text(text, name));
  if (name.starts_with("tenants-")) return message(spec::read_tenants_text(text, name, good_fleet()));
  if (name.starts_with("batch-")) return message(spec::read_batch_script(text, name, {.directory = "/data"}));
  if (name.starts_with("job-")) return message(spec::read_job_text(text, name, good_fleet(), good_tenants()));
  return message(simulate::read_scenario_text(text, name, folder, overrides_in(text)));
}

// Messages name other files by their whole path, which differs from one checkout to the next.
std::string without_folder(std::string text) {
  const std::string prefix = folder.string() + "/";
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
    text.erase(at, prefix.size());
  return text;
}

std::vector<fs::path> corpus() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const bool is_good = entry.path().filename().string().starts_with("good-");
    const bool is_input = entry.path().extension() == ".yaml" || entry.path().extension() == ".sh";
    if (is_input && !is_good) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(MalformedSpec, EveryMistakeHasAClearMessage) {
  const char* rewrite = std::getenv("DURE_REWRITE");
  const std::vector<fs::path> paths = corpus();
  ASSERT_GE(paths.size(), 45u);
  for (const fs::path& path : paths) {
    const fs::path expected = fs::path(path).replace_extension(".expected");
    const std::string actual = without_folder(message_for(path)) + "\n";
    EXPECT_NE(actual, "accepted\n") << path;
    if (rewrite != nullptr) std::ofstream(expected, std::ios::binary) << actual;
    EXPECT_EQ(actual, content(expected)) << path;
  }
}

TEST(MalformedSpec, TheFilesItLeansOnAreGood) {
  EXPECT_EQ(message(spec::read_fleet(folder / "good-fleet.yaml")), "accepted");
  EXPECT_EQ(message(spec::read_tenants(folder / "good-tenants.yaml", good_fleet())), "accepted");
}

}  // namespace
}  // namespace dure
