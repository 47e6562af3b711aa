#include "dure/cli/server_address.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "dure/base/test_folder.h"
#include "dure/cli/login_command.h"
#include "dure/cli/test_console.h"
#include "dure/cli/test_fake_server.h"
#include "dure/cli/token_command.h"

namespace dure::cli {
namespace {

namespace fs = std::filesystem;

// A home of its own.
class ServerAddressTest : public testing::Test {
 protected:
  void SetUp() override { variables_["HOME"] = home_.string(); }

  void write(const fs::path& path, const std::string& text) {
    fs::create_directories((home_ / path).parent_path());
    std::ofstream(home_ / path) << text;
  }
  std::string read(const fs::path& path) {
    std::ifstream file(home_ / path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Result<ServerAddress> find(const std::string& given = "") { return find_server(given, environment()); }
  Environment environment() {
    return [this](const std::string& name) { return variables_.contains(name) ? variables_[name] : ""; };
  }

  TempFolder temp_;
  const fs::path home_ = temp_.path();
  std::map<std::string, std::string> variables_;
};

TEST_F(ServerAddressTest, IsThatOfTheServerOfThisMachine) {
  write(".local/share/dure/address", "http://127.0.0.1:8470\n");
  write(".local/share/dure/token", "local\n");
  const ServerAddress found = find().value();
  EXPECT_EQ(found.url, "http://127.0.0.1:8470");
  EXPECT_EQ(found.url_from, (home_ / ".local/share/dure/address").string());
  EXPECT_EQ(found.token, "local");
  EXPECT_EQ(found.token_from, (home_ / ".local/share/dure/token").string());
}

TEST_F(ServerAddressTest, IsTheOneLoggedInToBeforeThatOfThisMachine) {
  write(".local/share/dure/address", "http://127.0.0.1:8470\n");
  write(".config/dure/server", "https://dure.example.org/\n");
  write(".config/dure/token", "far\n");
  EXPECT_EQ(find()->url, "https://dure.example.org");
  EXPECT_EQ(find()->token, "far");
  variables_["DURE_SERVER"] = "http://127.0.0.1:1";
  EXPECT_EQ(find()->url, "http://127.0.0.1:1");
  EXPECT_EQ(find("http://127.0.0.1:2")->url, "http://127.0.0.1:2");
}

TEST_F(ServerAddressTest, SendsATokenOnlyWhereItBelongs) {
  write(".config/dure/server", "https://dure.example.org\n");
  write(".config/dure/token", "far\n");
  EXPECT_EQ(find("https://dure.example.org/")->token, "far");
  EXPECT_EQ(find("https://dure.example.com")->token, "");
  variables_["DURE_TOKEN"] = "typed";
  EXPECT_EQ(find("https://dure.example.com")->token, "typed");
  EXPECT_EQ(find("https://dure.example.com")->token_from, "DURE_TOKEN");
}

TEST_F(ServerAddressTest, LooksInTheFoldersThatAreNamed) {
  write("data/address", "http://127.0.0.1:1\n");
  write("share/dure/address", "http://127.0.0.1:2\n");
  variables_["XDG_DATA_HOME"] = (home_ / "share").string();
  EXPECT_EQ(find()->url, "http://127.0.0.1:2");
  variables_["DURE_DATA_DIR"] = (home_ / "data").string();
  EXPECT_EQ(find()->url, "http://127.0.0.1:1");
}

TEST_F(ServerAddressTest, SaysWhereItLooked) {
  variables_["DURE_DATA_DIR"] = "/nowhere";
  const auto found = find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::unavailable);
  EXPECT_EQ(found.error().message, "no server is known (there is none of " + home_.string() +
                                       "/.config/dure/server, /nowhere/address); start one with `dure serve`, or name "
                                       "one with --server URL");
  EXPECT_EQ(find("127.0.0.1:8470").error().code, Code::invalid_argument);
}

TEST_F(ServerAddressTest, LoginKeepsWhatTheServerAccepts) {
  FakeServer server;
  server.on("GET /v1/server", R"({"version":"0.1.0"})");
  write("given", "  t0ken\n");
  TestConsole screen;
  const LoginArguments arguments{.url = server.url() + "/", .token_file = (home_ / "given").string()};
  ASSERT_EQ(login(arguments, environment(), screen.console).value(), 0);
  EXPECT_EQ(server.requests().front().header("Authorization"), "Bearer t0ken");
  EXPECT_EQ(read(".config/dure/server"), server.url() + "\n");
  EXPECT_EQ(read(".config/dure/token"), "t0ken\n");
  EXPECT_EQ(fs::status(home_ / ".config/dure/token").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(find()->token, "t0ken");

  ASSERT_EQ(token(find().value(), false, screen.console).value(), 0);
  EXPECT_NE(screen.out().find("\nt0ken\n"), std::string::npos);
  EXPECT_NE(screen.err().find(".config/dure/token"), std::string::npos);
}

TEST_F(ServerAddressTest, LoginKeepsNothingThatIsRefused) {
  FakeServer server;
  server.refuse("GET /v1/server", 401, "no valid token");
  variables_["DURE_TOKEN"] = "wrong";
  TestConsole screen;
  const auto done = login({.url = server.url()}, environment(), screen.console);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::not_permitted);
  EXPECT_EQ(done.error().message, "no valid token; the one that was sent is that of DURE_TOKEN");
  EXPECT_FALSE(fs::exists(home_ / ".config/dure/server"));
}

}  // namespace
}  // namespace dure::cli
