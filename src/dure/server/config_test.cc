#include "dure/server/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "dure/base/test_folder.h"
#include "dure/spec/file.h"

namespace dure::server {
namespace {

TEST(Config, ReferenceStandsInTheDocumentAsItIsPrinted) {
  const auto page = spec::read_file(DURE_SOURCE_DIR "/docs/server.md");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_NE(page->find("\n" + config_reference() + "\n"), std::string::npos)
      << "docs/server.md holds what `dure serve --reference` printed once; put this there:\n"
      << config_reference();
}

TEST(Config, DemonstrationCanBeRead) {
  const auto config = read_config(DURE_SOURCE_DIR "/scenarios/live/server.yaml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->tenants->roots.size(), 3U);
}

TEST(Config, RehearsedNationCanBeRead) {
  const auto config = read_config(DURE_SOURCE_DIR "/scenarios/live/nation.yaml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->rehearses, Rehearses::yes);
  EXPECT_EQ(Fleet(*config->fleet).node_count(), 32'500U);
}

TEST(Config, SitesThatAreNotThereAreRefusedUnlessItRehearses) {
  const auto refusal = [](const std::string& more) {
    const TempFolder folder;
    std::ofstream(folder / "server.yaml")
        << more
        << "fleet: {fleet: f, sites: [{name: hall, engine: {kind: simulated}, pools: [{name: cpu, nodes: 3, node: "
           "{cpus: 1, memory: 1Gi}}]}]}\n";
    const auto config = read_config(folder / "server.yaml");
    return config ? "" : config.error().message;
  };
  EXPECT_EQ(refusal("rehearse: true\n"), "");
  for (const char* const more : {"", "rehearse: false\n"}) {
    EXPECT_NE(refusal(more).find("found site hall with another engine than local or slurm"), std::string::npos);
    EXPECT_NE(refusal(more).find("rehearse: true in the server's configuration"), std::string::npos);
  }
  EXPECT_NE(refusal("rehearse: perhaps\n").find("rehearse: found"), std::string::npos)
      << refusal("rehearse: perhaps\n");
}

// What is wrong with a cluster that has this.
std::string refusal_of_cluster(const std::string& more) {
  const TempFolder folder;
  std::ofstream(folder / "server.yaml")
      << "slurm: [{site: hall, folder: shared, " << more << "}]\n"
      << "fleet: {fleet: f, sites: [{name: hall, engine: {kind: slurm}, pools: [{name: cpu, node: {cpus: 1, memory: "
         "1Gi}, hosts: n1}]}]}\n";
  const auto config = read_config(folder / "server.yaml");
  return config ? "" : config.error().message;
}

TEST(Config, SitesHaveFoldersOfTheirOwn) {
  const auto refusal = [](const std::string& first, const std::string& second) {
    const TempFolder folder;
    std::filesystem::create_directory(folder / "shared");
    std::filesystem::create_directory_symlink("shared", folder / "link");
    std::ofstream(folder / "server.yaml")
        << "slurm: [{site: hall, folder: " << first << "}, {site: annex, folder: " << second << "}]\n"
        << "fleet: {fleet: f, sites: [{name: hall, engine: {kind: slurm}, pools: [{name: cpu, node: {cpus: 1, memory: "
           "1Gi}, hosts: n1}]}, {name: annex, engine: {kind: slurm}, pools: [{name: cpu, node: {cpus: 1, memory: 1Gi}, "
           "hosts: n2}]}]}\n";
    const auto config = read_config(folder / "server.yaml");
    return config ? "" : config.error().message;
  };
  EXPECT_EQ(refusal("shared", "other"), "");
  EXPECT_EQ(refusal("shared", "shared2"), "");
  for (const char* const second : {"shared", "./shared/", "link", "other/../shared", "shared/jobs", "."}) {
    EXPECT_NE(refusal("shared", second).find("give each site a folder of its own"), std::string::npos) << second;
  }
}

TEST(Config, AccountsOfAClusterAreReadAsTheLaunchersAre) {
  const std::string accounts = "accounts: [{tenant: a, account: ann}, {user: bob, account: bob}]";
  EXPECT_EQ(refusal_of_cluster(accounts + ", uids: {from: 2000, to: 3000}"), "");
  EXPECT_EQ(refusal_of_cluster("rest: {url: \"http://ctl:6820\", token_file: jwt}, " + accounts), "");
  for (const auto& [more, told] :
       {std::pair("accounts: [{account: ann}]", "found neither a tenant nor a user"),
        std::pair("accounts: [{tenant: a}]", "accounts[0].account: missing"),
        std::pair("accounts: [{tenant: a, account: a}], uids: {from: 0, to: 5}", "uids.from: found"),
        std::pair("uids: {from: 2000, to: 3000}", "found uids without accounts"),
        std::pair("accounts: [{tenant: a, account: a}], rest: {socket: rest.sock}", "write url: and token_file:")}) {
    EXPECT_NE(refusal_of_cluster(more).find(told), std::string::npos) << more << ": " << refusal_of_cluster(more);
  }
}

}  // namespace
}  // namespace dure::server
