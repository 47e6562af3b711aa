#include "dure/cli/import_command.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "dure/base/test_folder.h"
#include "dure/cli/test_console.h"

namespace dure::cli {
namespace {

Error refused(const ImportArguments& arguments) {
  const TestConsole console;
  const auto code = import_slurm(arguments, console.console);
  EXPECT_FALSE(code);
  return code ? Error{} : code.error();
}

TEST(ImportCommand, RefusesDaysThatAreNoneAndSaysWhatIs) {
  struct Case {
    ImportArguments arguments;
    const char* message;
  };
  for (const Case& c :
       {Case{{.out = "x", .since = "yesterday"},
             "--since: found 'yesterday'; write a day such as 2026-01-31, or how long ago, such as 90d"},
        Case{{.out = "x", .since = "2026-02-30"},
             "--since: found '2026-02-30'; write a day such as 2026-01-31, or how long ago, such as 90d"},
        Case{{}, "--out is missing; name a folder to write into"},
        Case{{.out = "x", .since = "2026-01-31", .until = "2026-01-31"},
             "--since: found 2026-01-31, which is not before 2026-01-31; write an earlier day, or a later --until"}}) {
    EXPECT_EQ(refused(c.arguments).code, Code::invalid_argument);
    EXPECT_EQ(refused(c.arguments).message, c.message);
  }
}

TEST(ImportCommand, NamesTheFileThatIsMissing) {
  const TempFolder folder;
  const Error error = refused({.out = (folder.path() / "out").string(), .from = folder.path().string()});
  EXPECT_EQ(error.code, Code::not_found);
  EXPECT_TRUE(error.message.starts_with((folder.path() / "config.txt").string() + ": there is no such file; "))
      << error.message;
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "out"));
}

TEST(ImportCommand, TheScriptTakesTheDaysThatAreAskedFor) {
  const TestConsole console;
  EXPECT_EQ(
      import_slurm({.since = "2026-01-30", .until = "2026-02-02", .prints_script = true}, console.console).value(), 0);
  const std::string script = console.out();
  EXPECT_TRUE(script.starts_with("#!/bin/sh\n"));
  EXPECT_NE(script.find("\nday=2026-01-30\nuntil=2026-02-02\n"), std::string::npos) << script;
  EXPECT_NE(script.find("\nscontrol -a show node -o > nodes.txt\n"), std::string::npos) << script;
}

}  // namespace
}  // namespace dure::cli
