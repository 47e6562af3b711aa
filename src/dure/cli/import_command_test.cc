#include "dure/cli/import_command.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

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
  EXPECT_NE(script.find("\nfirst=2026-01-30\nday=$first\nuntil=2026-02-02\n"), std::string::npos) << script;
  EXPECT_NE(script.find("\nscontrol -a show node -o > nodes.txt\n"), std::string::npos) << script;
}

// With commands of Slurm's that answer as they are told: sacct fails for the second day.
TEST(ImportCommand, TheScriptLosesNoDay) {
  const TempFolder folder;
  const TestConsole console;
  ASSERT_TRUE(import_slurm({.since = "2026-01-30", .until = "2026-02-02", .prints_script = true}, console.console));
  std::ofstream(folder / "take.sh") << console.out();
  for (const char* const command : {"scontrol", "sacctmgr"}) std::ofstream(folder / command) << "#!/bin/sh\necho x\n";
  std::ofstream(folder / "sacct") << "#!/bin/sh\n[ -z \"$BAD\" ] || [ $3 != 2026-01-31 ] || exit 1\n"
                                     "echo 'JobID|A|B|End'\necho \"1|a|b|$3T01:00:00\"\n";
  for (const char* const command : {"scontrol", "sacctmgr", "sacct"}) {
    std::filesystem::permissions(folder / command, std::filesystem::perms::owner_all);
  }
  const auto take = [&](const std::string& out, const std::string& bad) {
    const std::string line = "PATH=" + folder.path().string() + ":$PATH BAD=" + bad + " sh " +
                             (folder / "take.sh").string() + " " + (folder / out).string() + " 2>/dev/null";
    return std::system(line.c_str());
  };
  EXPECT_EQ(take("good", ""), 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "good/jobs.txt.gz"));
  EXPECT_EQ(std::system(("[ \"$(gzip -dc " + (folder / "good/jobs.txt.gz").string() + " | grep -c .)\" = 4 ]").c_str()),
            0)
      << "a header, and a job for each day";
  EXPECT_NE(take("bad", "yes"), 0);
  EXPECT_FALSE(std::filesystem::exists(folder / "bad/jobs.txt.gz"));
}

}  // namespace
}  // namespace dure::cli
