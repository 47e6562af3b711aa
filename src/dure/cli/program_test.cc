// The program as a person types it.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "dure/base/test_folder.h"
#include "dure/cli/test_fake_server.h"

namespace dure::cli {
namespace {

namespace fs = std::filesystem;

struct Ended {
  int code = 0;
  std::string text;  // of both outputs
};

class Program : public testing::Test {
 protected:
  // Through the shell, in a folder of its own.
  Ended type(const std::string& words) {
    const std::string line = "{ cd " + folder_.string() + " && HOME=" + folder_.string() +
                             " XDG_CONFIG_HOME= XDG_DATA_HOME= DURE_TOKEN=secret DURE_DATA_DIR=" + folder_.string() +
                             " DURE_SERVER=" + server_.url() + " " DURE_PROGRAM " " + words + "; } 2>&1";
    Ended ended;
    std::FILE* pipe = ::popen(line.c_str(), "r");
    std::array<char, 4096> bytes;
    while (const std::size_t read = std::fread(bytes.data(), 1, bytes.size(), pipe))
      ended.text.append(bytes.data(), read);
    const int status = ::pclose(pipe);
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ended;
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  Answer sent() { return Answer::parse(server_.requests().back().body).value_or(Answer()); }
  void take_submissions() { server_.on("POST /v1/jobs", R"({"jobs":[{"id":12,"count":1}],"sequence":5})", 201); }

  FakeServer server_;
  TempFolder temp_;
  const fs::path folder_ = temp_.path();
};

TEST_F(Program, SubmitsACommandWhoseOptionsAreItsOwn) {
  take_submissions();
  const Ended ended =
      type("submit -n train --gpus 0.5 --pool a/b,c/d --env A=1 --env B=x,y -- python3 -n 3 --json -- x");
  EXPECT_EQ(ended.text, "submitted job 12\n");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(sent()["name"].text(), "train");
  EXPECT_EQ(sent()["arguments"].joined(), "python3, -n, 3, --json, --, x");
  EXPECT_EQ(sent()["pools"].joined(), "a/b, c/d");
  EXPECT_EQ(sent()["environment"]["B"].text(), "x,y");
  EXPECT_EQ(sent()["directory"].text(), fs::canonical(folder_).string());
}

TEST_F(Program, SubmitsAScriptWithTheOptionsOfSbatchBehindIt) {
  take_submissions();
  write("run.sh", "#!/bin/sh\n#SBATCH -J inner\ntrue\n");
  const Ended ended = type("submit --priority 5 run.sh -n 4 -t 10 --json -- -x 1");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.text, "{\"jobs\":[{\"id\":12,\"count\":1}],\"sequence\":5}\n");
  EXPECT_EQ(sent()["name"].text(), "inner");
  EXPECT_EQ(sent()["tasks"].integer(), 4);
  EXPECT_EQ(sent()["priority"].integer(), 5);
  EXPECT_EQ(sent()["arguments"].joined(), "-x, 1");
}

TEST_F(Program, ToldOfAScriptNoPlacesInWhatWasSentOfIt) {
  server_.refuse("POST /v1/jobs", 400, "job:1:40: per_task: found 4 CPUs\njob:1:7: name: found 2 names");
  write("run.sh", "#!/bin/sh\ntrue\n");
  EXPECT_EQ(type("submit run.sh").text, "run.sh: per_task: found 4 CPUs\nrun.sh: name: found 2 names\n");
  EXPECT_EQ(type("submit -- true").text, "job: per_task: found 4 CPUs\njob: name: found 2 names\n");
}

TEST_F(Program, SaysWhySimulatedJobsAreRejected) {
  write("lent.yaml",
        "{scenario: lent, tenants: [{name: a, guarantee: {s/p: 1}}, {name: b}], fleet: {sites: [{name: s, pools: [{"
        "name: p, gpu: {model: G, per_node: 1}, node: {cpus: 1}, nodes: 1, reclaim_within: 10m}]}]}, demand: {jobs: 6, "
        "classes: [{name: c, tenants: {b: 1}, per_task: {gpus: 1}, run_time: {median: 1h}, checkpoint: {every: 1h, "
        "grace: 11m}}]}}");
  const std::string text = type("simulate lent.yaml").text;
  EXPECT_NE(text.find("6 in all, 0 completed, 6 rejected\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" 6 checkpoint.grace: found 11m, and the job's pools lend only what they get back sooner; write "
                      "at most 10m, or ask for what the tenant's guarantee holds\n"),
            std::string::npos)
      << text;
  EXPECT_NE(type("simulate lent.yaml --set demand.classes[0].checkpoint.grace=10m").text.find("6 completed\n"),
            std::string::npos);
}

TEST_F(Program, ChecksAConfigurationAndSaysWhatItComesTo) {
  write("server.yaml",
        "{listen: '[::1]:0', data: kept, devices: {emulated: 2}, tenants: [{name: a}, {name: b}], "
        "trust_jobs: true}");
  EXPECT_EQ(type("serve --check --config server.yaml").text,
            "The configuration is good.\n  listen   [::1]:0\n  data     " + (folder_ / "kept").string() +
                "\n  fleet    local/gpu: 1 node, 2 x emulated\n  tenants  a, b\n");
  write("server.yaml", "{listen: 'here:1', device: {}}");
  const Ended ended = type("serve --check --config server.yaml");
  EXPECT_EQ(ended.code, 2);
  EXPECT_NE(ended.text.find("server.yaml:1:10: listen: found 'here:1'"), std::string::npos) << ended.text;
  EXPECT_NE(ended.text.find("did you mean 'devices'?"), std::string::npos) << ended.text;
}

TEST_F(Program, ChecksTenantsAsAStartDoes) {
  write("server.yaml", "{data: kept, devices: {emulated: 2}, tenants: [{name: a}, {name: b}]}");
  const Ended refused = type("serve --check --config server.yaml");
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.text.substr(0, 57), "the tenants a and b would run jobs as one account, which ");
  EXPECT_EQ(type("serve --check --trust-jobs --config server.yaml").code, 0);
  write("server.yaml", "{data: kept, launcher: l, devices: {emulated: 2}, tenants: [{name: a}, {name: b}]}");
  EXPECT_EQ(type("serve --check --config server.yaml").code, 0);
}

TEST_F(Program, NamesTheCommandThatWasTypedWrongly) {
  EXPECT_EQ(type("logs").text, "dure logs: job is required; `dure logs --help` lists what there is\n");
  EXPECT_EQ(type("sumbit").text, "dure: found 'sumbit', which it does not know; did you mean 'submit'?\n");
  const Ended ended = type("queue --stat held");
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.text.substr(0, 12), "dure queue: ");
}

TEST_F(Program, SubmitsAJobFileWithItsOwnOptionsOnEitherSide) {
  take_submissions();
  write("job.yaml", "name: a\nscript: echo\n");
  for (const char* words : {"submit --json job.yaml", "submit job.yaml --json"}) {
    EXPECT_EQ(type(words).text, "{\"jobs\":[{\"id\":12,\"count\":1}],\"sequence\":5}\n");
    EXPECT_EQ(server_.requests().back().header("Content-Type"), "application/yaml");
  }
  EXPECT_EQ(type("submit - < job.yaml").text, "submitted job 12\n");
  EXPECT_EQ(type("submit job.yaml --gpus 1").text, "--gpus: job.yaml says all of the job; write it there\n");
  EXPECT_EQ(type("submit job.yaml --bogus").code, 2);
}

TEST_F(Program, NamesTheFileInMistakesThatTheServerFinds) {
  write("job.yaml", "nam: a\n");
  server_.refuse("POST /v1/jobs", 400,
                 "job:1:1: found the unknown key 'nam'; did you mean 'name'?\njob: missing script");
  const Ended ended = type("submit job.yaml");
  EXPECT_EQ(ended.text, "job.yaml:1:1: found the unknown key 'nam'; did you mean 'name'?\njob.yaml: missing script\n");
  EXPECT_EQ(ended.code, 2);
}

TEST_F(Program, AppliesTenantsAndFleets) {
  write("tenants.yaml", "tenants: [{name: a}]\n");
  write("fleet.yaml", "fleet: a\nsites: []\n");
  server_.on("PUT /v1/tenants", R"({"changes":["+ a"],"sequence":5})");
  EXPECT_EQ(type("apply tenants.yaml").text, "+ a\n");
  EXPECT_EQ(type("apply tenants.yaml --dry-run").text, "+ a\nnothing was changed; leave out --dry-run to do it\n");
  EXPECT_EQ(server_.requests().back().target, "/v1/tenants?dry_run=true");
  server_.on("PUT /v1/fleet", R"({"changes":["~ local/gpu: GPUs of a node 4 -> 8"],"sequence":6})");
  EXPECT_EQ(type("apply fleet.yaml").text, "~ local/gpu: GPUs of a node 4 -> 8\n");
  EXPECT_EQ(server_.requests().back().target, "/v1/fleet");
}

TEST_F(Program, EndsWithTheCodesThatScriptsGoBy) {
  server_.refuse("GET /v1/tenants", 403, "only an operator may");
  server_.refuse("GET /v1/usage", 500, "broken");
  EXPECT_EQ(type("usage").code, 1);
  EXPECT_EQ(type("queue --bogus").code, 2);
  EXPECT_EQ(type("submit").code, 2);
  EXPECT_EQ(type("submit --bogus run.sh").code, 2);
  EXPECT_EQ(type("drain n1").code, 2);
  EXPECT_EQ(type("tenants").code, 3);
  EXPECT_EQ(type("show 7").code, 4);
  server_.stop();
  const Ended ended = type("queue");
  EXPECT_EQ(ended.code, 5);
  EXPECT_NE(ended.text.find(server_.url()), std::string::npos);
  EXPECT_NE(ended.text.find("`dure serve`"), std::string::npos);
  EXPECT_EQ(std::count(ended.text.begin(), ended.text.end(), '\n'), 1);
}

TEST_F(Program, TakesAnEmptyFolderForOutputsAsAMistake) {
  const Ended ended = type("simulate day.yaml --out ''");
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.text.substr(0, ended.text.find('\n')),
            "dure simulate: --out: found nothing; name a folder; `dure simulate --help` lists what there is");
}

TEST_F(Program, ShowsAnExampleInEveryHelp) {
  for (const char* command : {"submit", "run",     "queue",  "show",  "why",      "wait",   "logs",       "cancel",
                              "hold",   "release", "update", "fleet", "drain",    "resume", "tenants",    "usage",
                              "apply",  "events",  "login",  "token", "simulate", "serve",  "completion", "step"}) {
    const Ended ended = type(std::string(command) + " --help");
    EXPECT_EQ(ended.code, 0) << command;
    EXPECT_NE(ended.text.find("Example: "), std::string::npos) << command;
  }
}

TEST_F(Program, PrintsACompletionThatBashAccepts) {
  const Ended ended = type("completion bash | bash -n && echo fine");
  EXPECT_EQ(ended.text, "fine\n");
  EXPECT_NE(type("completion bash").text.find("'events') words="), std::string::npos);
  EXPECT_EQ(type("completion fish").code, 2);
}

TEST_F(Program, PrintsItsToken) {
  EXPECT_EQ(type("token 2> /dev/null").text, "secret\n");
  EXPECT_NE(type("token").text.find("from DURE_TOKEN"), std::string::npos);
}

}  // namespace
}  // namespace dure::cli
