// The commands and a server with TLS, from end to end.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "cli.h"
#include "dure/base/test_folder.h"
#include "dure/http/test_tls.h"
#include "events.h"
#include "server_process.h"
#include "terminal_process.h"

namespace dure::e2e {
namespace {

namespace fs = std::filesystem;

class Tls : public testing::Test {
 protected:
  void SetUp() override { fs::create_directory(folder_.path() / "home"); }

  void start(const std::string& configuration) {
    std::ofstream(folder_.path() / "server.yaml") << "devices: {emulated: 4}\n" << configuration;
    server_ = std::make_unique<ServerProcess>(
        folder_.path() / "data", std::vector<std::string>{"--config", (folder_.path() / "server.yaml").string()});
    ASSERT_EQ(server_->start(), "");
    std::ofstream(folder_.path() / "token.txt") << server_->token();
  }
  // A user who knows nothing but what `dure login` has kept.
  Ran type(std::vector<std::string> words) const {
    words.insert(words.begin(), DURE_PROGRAM);
    const std::string home = (folder_.path() / "home").string();
    return run(words, {{"LC_ALL", "C"}, {"XDG_CONFIG_HOME", home}, {"XDG_DATA_HOME", home}}, folder_.path());
  }
  std::string named_files() const {
    const http::CertificateFiles files = authority_.files("served");
    return fmt::format("tls: {{certificate: {}, key: {}}}\n", files.certificate, files.key);
  }

  TempFolder folder_;
  http::TestAuthority authority_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(Tls, ACertificateOfItsOwnMakingIsPinnedAtLogin) {
  start("tls: {}\n");
  const std::string url = server_->address();
  ASSERT_TRUE(url.starts_with("https://")) << url;
  const Ran refused = type({"login", url, "--token-file", "token.txt"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.errors.find("log in with --fingerprint " + server_->fingerprint()), std::string::npos)
      << refused.errors;
  const Ran wrong = type({"login", url, "--token-file", "token.txt", "--fingerprint", "sha256//short"});
  EXPECT_EQ(wrong.code, 2) << wrong.errors;
  const Ran login = type({"login", url, "--token-file", "token.txt", "--fingerprint", server_->fingerprint()});
  EXPECT_EQ(login.code, 0) << login.errors;
  const Ran ran = type({"run", "--gpus", "1", "--", "sh", "-c", "echo over TLS; exit 3"});  // follows events
  EXPECT_EQ(ran.code, 3) << ran.errors;
  EXPECT_EQ(ran.output.substr(0, 9), "over TLS\n");
  EXPECT_EQ(type({"queue"}).code, 0);

  // The key stays when the server is started anew, and is missed when it does not.
  EXPECT_EQ(server_->stop(), 0);
  ASSERT_EQ(server_->start_again(), "");
  EXPECT_EQ(type({"queue"}).code, 0);
  EXPECT_EQ(server_->stop(), 0);
  fs::remove_all(folder_.path() / "data/tls");
  ASSERT_EQ(server_->start_again(), "");
  const Ran changed = type({"queue"});
  EXPECT_EQ(changed.code, 1);
  EXPECT_NE(changed.errors.find("shows another key than"), std::string::npos) << changed.errors;
  EXPECT_NE(changed.errors.find("`dure login " + url + "`"), std::string::npos) << changed.errors;
}

TEST_F(Tls, WhoIsAtATerminalIsAskedWhetherTheKeyIsRight) {
  start("tls: {}\n");
  const std::string home = (folder_.path() / "home").string();
  const auto log_in_and_say = [&](const std::string& answer) {
    TerminalProcess login({DURE_PROGRAM, "login", server_->address(), "--token-file", "token.txt"},
                          {{"LC_ALL", "C"}, {"XDG_CONFIG_HOME", home}, {"XDG_DATA_HOME", home}}, folder_.path(), {});
    EXPECT_TRUE(login.await(server_->fingerprint())) << login.screen();
    EXPECT_TRUE(login.await("[yes/no]")) << login.screen();
    login.type(answer + "\n");
    return login.wait();
  };
  EXPECT_EQ(log_in_and_say("no"), 1);
  EXPECT_FALSE(fs::exists(home + "/dure/server"));
  EXPECT_EQ(log_in_and_say("yes"), 0);
  EXPECT_EQ(type({"queue"}).code, 0);
}

TEST_F(Tls, TheServersOwnFolderIsEnoughForItsAccount) {
  start("tls: {}\n");
  const Ran queue =
      run({DURE_PROGRAM, "queue"}, {{"LC_ALL", "C"}, {"DURE_DATA_DIR", (folder_.path() / "data").string()}});
  EXPECT_EQ(queue.code, 0) << queue.errors;
}

TEST_F(Tls, AnAuthorityOfTheSiteIsNamedAtLogin) {
  authority_.sign("served");
  start(named_files());
  const std::string url = server_->address();
  const Ran login = type({"login", url, "--token-file", "token.txt", "--ca", authority_.ca_file()});
  EXPECT_EQ(login.code, 0) << login.errors;
  EXPECT_EQ(type({"queue"}).code, 0);
  http::TestAuthority other;
  const Ran refused = type({"login", url, "--token-file", "token.txt", "--ca", other.ca_file()});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.errors.find("does not vouch"), std::string::npos) << refused.errors;
}

// SIGHUP reads the certificate anew; with one that is no good the former stays.
TEST_F(Tls, TheCertificateChangesWithoutARestart) {
  const std::string before = authority_.sign("served")->fingerprint();
  start(named_files());
  const auto shown = [&] {
    const auto presented = http::meet({.url = server_->address()});
    return presented ? presented->fingerprint : presented.error().message;
  };
  EXPECT_EQ(shown(), before);
  std::ofstream(authority_.files("served").certificate) << "nonsense";
  server_->process().send(SIGHUP);
  const auto has_said = [&](std::string_view what) {
    const auto deadline = in_seconds(60);
    while (server_->process().errors().find(what) == std::string::npos) {
      if (Clock::now() > deadline) return false;
      server_->client().send(http::Method::get, "/healthz");
    }
    return true;
  };
  EXPECT_TRUE(has_said("the former stays")) << server_->process().errors();
  EXPECT_EQ(shown(), before);
  const std::string after = authority_.sign("served")->fingerprint();  // without a signal
  EXPECT_TRUE(has_said("New certificate: " + after)) << server_->process().errors();
  EXPECT_EQ(shown(), after);
  EXPECT_EQ(server_->fingerprint(), after);
}

TEST_F(Tls, TheConfigurationIsCheckedBeforeItIsUsed) {
  const auto check = [&](const std::string& configuration) {
    std::ofstream(folder_.path() / "c.yaml") << configuration;
    const Ran ran = type({"serve", "--check", "--config", "c.yaml"});
    return fmt::format("{}: {}", ran.code, ran.errors);
  };
  EXPECT_EQ(check("listen: 0.0.0.0:8470\n"), "0: ");
  EXPECT_EQ(check("listen: 0.0.0.0:8470\ntls: {send_tokens_in_the_clear: true}\n"), "0: ");
  EXPECT_EQ(check("limits: {connections: 5, header_time: 5s, body: 1Mi}\n"), "0: ");
  EXPECT_NE(check("tls: {send_tokens_in_the_clear: true}\n").find("127.0.0.1 is loopback"), std::string::npos);
  EXPECT_NE(check("tls: {certificate: a.pem}\n").find("name both, or neither"), std::string::npos);
  EXPECT_NE(check("tls: {certificate: a.pem, key: a.key}\n").find("a.pem: no certificate"), std::string::npos);
  EXPECT_NE(check("limits: {connections: 0}\n").find("a whole number from 1"), std::string::npos);
  EXPECT_NE(check("limits: {conections: 5}\n").find("connections"), std::string::npos);
  EXPECT_NE(check("listen: somewhere:8470\n").find("an address in digits"), std::string::npos);
}

}  // namespace
}  // namespace dure::e2e
