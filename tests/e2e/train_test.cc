// A training that is evicted for those who are guaranteed the devices ends in the same weights as one that is not.
//
//   DURE_TRAIN_FULL=1 build/test/tests/e2e/train_test      all images; 0, 3 and 10 evictions
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dure/base/test_folder.h"
#include "events.h"
#include "server_process.h"
#include "slurm_lab.h"

namespace dure::e2e {
namespace {

namespace fs = std::filesystem;

const char* const dataset = "/usr/share/datasets/fashion-mnist";

struct Size {
  int epochs = 0;
  int limit = 0;  // images
};

struct Trained {
  std::string weights;   // the line with their SHA-256
  std::string accuracy;  // the line
  std::uint64_t evictions = 0;
};

std::string line_with(const std::string& text, const std::string& part) {
  const std::size_t at = text.rfind(part);
  return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
}

// Half of four devices of the pool is guaranteed to the tenant a; b trains on all of them, borrowed.
class Training {
 public:
  // `more` of the configuration, and options of `dure serve`.
  Training(const fs::path& folder, const std::string& pool, const std::string& more,
           const std::vector<std::string>& options)
      : folder_(folder) {
    std::ofstream(folder / "serve.yaml") << fmt::format(
        "trust_jobs: true\ntenants:\n- {{name: a, guarantee: {{{}: 2}}}}\n- {{name: b}}\n{}", pool, more);
    std::vector<std::string> arguments{"--config", (folder / "serve.yaml").string()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    server_ = std::make_unique<ServerProcess>(folder / "data", arguments);
  }
  ServerProcess& server() { return *server_; }

  Trained train(const Size& size, int evictions) {
    const fs::path output = folder_ / fmt::format("train-{}.out", evictions);
    const std::uint64_t job = submit(fmt::format(
        R"({{"name":"train","tenant":"b","tasks":2,"per_task":{{"gpus":2,"memory":"1Gi"}},"time_limit":"1h",)"
        R"("checkpoint":{{"every":"30s","signal":"TERM","grace":"60s"}},"output":"{}",)"
        R"("script":"exec {} --epochs {} --limit {} --checkpoint-every 20 --out {}/weights-{}"}})",
        output.string() + ".%t", DURE_TRAIN, size.epochs, size.limit, folder_.string(), evictions));
    for (int i = 0; i < evictions; ++i) {
      follow_until(job, fmt::format("epoch {} of", 1 + i * (size.epochs - 1) / evictions));
      const std::uint64_t urgent =
          submit(R"({"name":"urgent","tenant":"a","per_task":{"gpus":2},"time_limit":"5m","script":"true"})");
      EXPECT_TRUE(wait_until_ended(*server_, urgent));
    }
    EXPECT_TRUE(wait_until_ended(*server_, job, in_seconds(300)));
    http::Client client = server_->client();
    const boost::json::value shown = get(client, fmt::format("/v1/jobs/{}", job));
    EXPECT_EQ(shown.at("outcome").as_string(), "completed") << follow_until(job, "no such line");
    const std::string log = follow_until(job, "no such line");
    const auto* evicted = shown.as_object().if_contains("evictions");
    return {.weights = line_with(log, "weights SHA256"),
            .accuracy = line_with(log, "test accuracy"),
            .evictions = evicted != nullptr ? evicted->to_number<std::uint64_t>() : 0};
  }

 private:
  std::uint64_t submit(const std::string& body) {
    http::Client client = server_->client();
    return post(client, "/v1/jobs", body, 201).at("jobs").at(0).at("id").to_number<std::uint64_t>();
  }

  // Returns what the first task has written when `part` is there, or all of it when the job has ended.
  std::string follow_until(std::uint64_t job, const std::string& part) {
    http::Client client = server_->client();
    std::string text;
    const auto read = client.download(fmt::format("/v1/jobs/{}/logs?follow=true", job), [&](std::string_view bytes) {
      text += bytes;
      return text.find(part) == std::string::npos ? http::Next::go_on : http::Next::stop;
    });
    EXPECT_TRUE(read) << read.error().message;
    return text;
  }

  fs::path folder_;
  std::unique_ptr<ServerProcess> server_;
};

TEST(Train, EvictionsDoNotChangeTheWeights) {
  if (!fs::exists(dataset)) GTEST_SKIP() << "skipped: no data";
  const bool is_full = std::getenv("DURE_TRAIN_FULL") != nullptr;
  const Size size = is_full ? Size{.epochs = 12, .limit = 60'000} : Size{.epochs = 5, .limit = 4000};
  const TempFolder folder;
  Training training(folder.path(), "local/gpu", "", {"--emulated", "4"});
  ASSERT_EQ(training.server().start(), "");
  const Trained undisturbed = training.train(size, 0);
  EXPECT_EQ(undisturbed.evictions, 0u);
  ASSERT_NE(undisturbed.weights, "");
  fmt::print("undisturbed: {}, {}\n", undisturbed.weights, undisturbed.accuracy);
  for (const int evictions : is_full ? std::vector<int>{3, 10} : std::vector<int>{3}) {
    const Trained evicted = training.train(size, evictions);
    fmt::print("{} evictions: {}, {}\n", evicted.evictions, evicted.weights, evicted.accuracy);
    EXPECT_EQ(evicted.evictions, static_cast<std::uint64_t>(evictions));
    EXPECT_EQ(evicted.weights, undisturbed.weights);
    EXPECT_EQ(evicted.accuracy, undisturbed.accuracy);
  }
  EXPECT_EQ(training.server().stop(), 0);
}

// Two nodes of two devices: a gang over both, which is evicted whole.
TEST(Train, AGangOnAClusterEndsInTheWeightsOfOneMachine) {
  if (!fs::exists(dataset)) GTEST_SKIP() << "skipped: no data";
  const Size size{.epochs = 60, .limit = 4000};
  const TempFolder folder;
  const SlurmLab lab(folder.path() / "lab", {"--nodes", "2", "--gpus", "2"});
  if (!lab.why_not().empty()) GTEST_SKIP() << lab.why_not();
  fs::create_directory(folder.path() / "here");
  Training here(folder.path() / "here", "local/gpu", "", {"--emulated", "4"});
  ASSERT_EQ(here.server().start(), "");
  const Trained one_machine = here.train(size, 0);
  EXPECT_EQ(here.server().stop(), 0);
  ASSERT_NE(one_machine.weights, "");

  Training cluster(
      folder.path(), "hall/gpu",
      fmt::format("slurm:\n- {{site: hall, folder: shared, config: {}}}\n"
                  "fleet:\n  fleet: test\n  sites:\n  - name: hall\n    engine: {{kind: slurm}}\n    pools:\n"
                  "    - {{name: gpu, gpu: {{model: emulated, per_node: 2}}, node: {{cpus: 16, memory: 60Gi}}, "
                  "hosts: \"n[1-2]\"}}\n",
                  lab.config()),
      {});
  ASSERT_EQ(cluster.server().start(), "");
  const Trained evicted = cluster.train(size, 3);
  fmt::print("{} evictions: {}, {}\n", evicted.evictions, evicted.weights, evicted.accuracy);
  EXPECT_EQ(evicted.evictions, 3u);
  EXPECT_EQ(evicted.weights, one_machine.weights);
  EXPECT_EQ(evicted.accuracy, one_machine.accuracy);
  EXPECT_EQ(cluster.server().stop(), 0);
}

}  // namespace
}  // namespace dure::e2e
