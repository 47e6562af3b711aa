// Every file of tests/malformed/trace fails with the message beside it. DURE_REWRITE=1 writes the messages anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "dure/simulate/trace/trace.h"

namespace dure::simulate {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, TraceFormat> formats{{"swf", TraceFormat::swf},
                                                 {"itp", TraceFormat::itp},
                                                 {"philly", TraceFormat::philly},
                                                 {"sacct", TraceFormat::sacct},
                                                 {"csv", TraceFormat::csv}};

fs::path folder() { return fs::path(DURE_SOURCE_DIR) / "tests/malformed/trace"; }

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder())) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('.') && !name.ends_with(".expected")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// `nan.swf` and `nan.swf.xz` are of the format `swf`.
TraceFormat format_of(const std::string& name) {
  std::string parts = name.substr(name.find('.') + 1);
  return formats.at(parts.substr(0, parts.find('.')));
}

Result<Trace> read(const std::string& name, OnError on_error) {
  const std::string bytes = content(folder() / name);
  return read_trace_text({.format = format_of(name), .on_error = on_error}, name, bytes);
}

TEST(MalformedTrace, FailsWithTheMessageBesideIt) {
  for (const std::string& name : cases()) {
    SCOPED_TRACE(name);
    const auto trace = read(name, OnError::stop);
    ASSERT_FALSE(trace) << "it was read";
    EXPECT_EQ(trace.error().code, Code::invalid_argument);
    const fs::path expected = folder() / (name + ".expected");
    if (std::getenv("DURE_REWRITE") != nullptr) {
      std::ofstream(expected, std::ios::binary) << trace.error().message << '\n';
    }
    EXPECT_EQ(trace.error().message + '\n', content(expected));
  }
}

TEST(MalformedTrace, NamesNoRowsWhenTheyAreSkipped) {
  for (const std::string& name : cases()) {
    SCOPED_TRACE(name);
    const auto trace = read(name, OnError::skip);
    if (trace) {
      EXPECT_GT(trace->skipped, 0u);
    } else {
      EXPECT_EQ(trace.error().message.find('\n'), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace dure::simulate
