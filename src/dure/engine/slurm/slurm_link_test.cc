// The contract of SlurmLink, kept by each way to a real cluster.
#include "dure/engine/slurm/slurm_link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <ostream>

#include "dure/engine/slurm/attempt_files.h"
#include "dure/engine/slurm/command_link.h"
#include "dure/engine/slurm/rest_link.h"
#include "dure/engine/slurm/test_slurm.h"

namespace dure::engine {
namespace {

std::size_t count_of(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + word.size())) ++count;
  return count;
}

struct Way {
  const char* name;
  std::unique_ptr<SlurmLink> (*to)(TestSlurm& slurm);
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

class slurm_link : public WithSlurm, public testing::WithParamInterface<Way> {
 protected:
  void SetUp() override {
    WithSlurm::SetUp();
    if (slurm_) link_ = GetParam().to(*slurm_);
  }

  SlurmSubmission submission(const std::string& script) const {
    return {.name = "train",
            .comment = "dure:a:1.0@5",
            .partition = "dure",
            .qos = {},
            .script = "#!/bin/sh\n" + script,
            .log = slurm_->file("log"),
            .folder = slurm_->file(""),
            .minutes = 5,
            .components = {{.nodes = {"n2"}, .memory_mib_per_node = 100}}};
  }

  std::uint64_t submitted(const SlurmSubmission& job) {
    const auto id = link_->submit(job);
    EXPECT_TRUE(id) << id.error().message;
    return id.value_or(0);
  }

  std::optional<SlurmJob> find(std::uint64_t id) {
    const auto jobs = link_->jobs();
    EXPECT_TRUE(jobs) << jobs.error().message;
    if (!jobs) return std::nullopt;
    const auto found = std::find_if(jobs->begin(), jobs->end(), [&](const SlurmJob& job) { return job.id == id; });
    return found != jobs->end() ? std::optional(*found) : std::nullopt;
  }

  SlurmJob ended(std::uint64_t id) {
    SlurmJob job;
    EXPECT_TRUE(comes_true([&] {
      job = find(id).value_or(SlurmJob{});
      return is_over(job.state);
    })) << job.state_text
        << job.reason;
    return job;
  }

  bool logs(const std::string& name, const std::string& word, std::size_t count) {
    return comes_true([&] { return count_of(slurm_->read(name), word) >= count; });
  }

  std::unique_ptr<SlurmLink> link_;
};

INSTANTIATE_TEST_SUITE_P(, slurm_link,
                         testing::Values(Way{"commands",
                                             [](TestSlurm& slurm) -> std::unique_ptr<SlurmLink> {
                                               return std::make_unique<CommandLink>(slurm.config());
                                             }},
                                         Way{"socket",
                                             [](TestSlurm& slurm) -> std::unique_ptr<SlurmLink> {
                                               return std::make_unique<RestLink>(slurm.by_socket());
                                             }}),
                         [](const auto& way) { return way.param.name; });

TEST_P(slurm_link, a_job_gets_what_it_names_and_tells_how_it_ended) {
  ASSERT_TRUE(link_->check("dure"));
  SlurmSubmission job = submission(
      "pwd\necho on $SLURM_JOB_NODELIST with $CUDA_VISIBLE_DEVICES and $PATH\n"
      "srun sh -c 'echo step: $SLURM_NTASKS_PER_NODE of $SLURM_CPUS_PER_TASK'\nexit 7\n");
  job.comment = "dure:\"a|b\" {é}:1.0@5";
  job.components = {
      {.nodes = {"n2", "n3"}, .tasks_per_node = 2, .cpus_per_task = 3, .memory_mib_per_node = 500, .gpus_per_node = 1}};
  slurm_->write("log", "before\n");
  const std::uint64_t id = submitted(job);

  const SlurmJob end = ended(id);
  EXPECT_EQ(end.state, SlurmState::failed);
  EXPECT_EQ(end.exit_code, 7);
  EXPECT_EQ(end.comment, job.comment);
  EXPECT_EQ(end.user, "root");
  EXPECT_EQ(end.nodes, (std::vector<std::string>{"n2", "n3"}));
  EXPECT_EQ(end.leader, 0u);
  ASSERT_TRUE(end.started && end.ended);
  EXPECT_LE(*end.started, *end.ended);

  const std::string shown = slurm_->run({"scontrol", "show", "job", std::to_string(id)});
  for (const char* part :
       {"JobName=train", "Requeue=0", "TimeLimit=00:05:00", "Partition=dure", "NumNodes=2", "NumCPUs=12", "NumTasks=4",
        "CPUs/Task=3", "NtasksPerN:B:S:C=2:", "MinMemoryNode=500M", "TresPerNode=gres:gpu:1", "ReqNodeList=n[2-3]"}) {
    EXPECT_NE(shown.find(part), std::string::npos) << part << " is not in\n" << shown;
  }
  const std::string log = slurm_->read("log");
  EXPECT_TRUE(log.starts_with("before\n" + slurm_->file("").substr(0, slurm_->file("").size() - 1))) << log;
  EXPECT_EQ(count_of(log, "step: 2 of 3"), 4u) << log;
  EXPECT_NE(log.find("on n[2-3] with 0 and /"), std::string::npos) << log;
}

TEST_P(slurm_link, components_of_different_sizes_are_one_job) {
  SlurmSubmission job = submission("srun --het-group=0-1 sh -c 'echo task on $SLURMD_NODENAME'\n");
  job.components = {{.nodes = {"n1", "n3"}, .tasks_per_node = 2, .memory_mib_per_node = 100},
                    {.nodes = {"n2"}, .tasks_per_node = 1, .memory_mib_per_node = 100}};
  const std::uint64_t id = submitted(job);
  EXPECT_EQ(ended(id).state, SlurmState::completed);
  EXPECT_EQ(find(id)->leader, id);
  EXPECT_EQ(find(id)->nodes, (std::vector<std::string>{"n1", "n3"}));
  EXPECT_EQ(find(id + 1)->leader, id);
  EXPECT_EQ(find(id + 1)->nodes, std::vector<std::string>{"n2"});
  EXPECT_EQ(find(id + 1)->comment, job.comment);
  const std::string log = slurm_->read("log");
  EXPECT_EQ(count_of(log, "task on n1"), 2u) << log;
  EXPECT_EQ(count_of(log, "task on n2"), 1u) << log;
  EXPECT_EQ(count_of(log, "task on n3"), 2u) << log;
}

TEST_P(slurm_link, what_is_cancelled_hears_of_it_and_what_is_over_is_no_error) {
  const std::uint64_t id = submitted(submission("trap 'echo told; exit 3' TERM\necho ready\nsleep 300 & wait\n"));
  ASSERT_TRUE(logs("log", "ready", 1));
  SlurmSubmission next = submission("echo second\n");
  next.components.front().memory_mib_per_node = 64'000;
  const std::uint64_t waiting = submitted(next);
  EXPECT_EQ(find(id)->state, SlurmState::running);
  EXPECT_EQ(find(waiting)->state, SlurmState::pending);
  EXPECT_FALSE(find(waiting)->started);

  ASSERT_TRUE(link_->cancel(waiting));
  EXPECT_EQ(ended(waiting).state, SlurmState::cancelled);
  ASSERT_TRUE(link_->cancel(id));
  EXPECT_EQ(ended(id).state, SlurmState::cancelled);
  EXPECT_EQ(count_of(slurm_->read("log"), "told"), 1u);
  EXPECT_EQ(count_of(slurm_->read("log"), "second"), 0u);
  for (const std::uint64_t over : {id, waiting, std::uint64_t{987'654}}) {
    const auto cancelled = link_->cancel(over);
    EXPECT_TRUE(cancelled) << cancelled.error().message;
  }
}

// The scripts of an attempt, as the engine submits it.
TEST_P(slurm_link, the_bell_reaches_each_task_that_listens_once_and_hurts_no_other) {
  const auto shelf = Shelf::open(slurm_->file("shelf"), "test", "hall");
  ASSERT_TRUE(shelf);
  // Its sleep does not listen, and is still there when it rings again.
  const std::string script =
      "trap 'echo heard' USR1\nsleep 300 &\necho ready\n"
      "while kill -0 $!; do wait $!; done\necho its sleep is gone\n";
  std::uint32_t number = 0;
  std::vector<std::uint64_t> ids;
  const std::vector<std::pair<dure::Launch, std::vector<std::uint32_t>>> shapes{
      {dure::Launch::once, {1, 1}}, {dure::Launch::per_task, {2, 2}}, {dure::Launch::per_task, {2, 1}}};
  std::vector<std::string> outputs;
  for (const auto& [launch, tasks_of] : shapes) {
    Attempt attempt{
        .id = {JobId{++number}, 0}, .ordered = Time{number}, .nodes = {"n1", "n2"}, .text = {}, .tasks = {}};
    attempt.text.launch = launch;
    attempt.text.script = script;
    attempt.text.output = slurm_->file("out" + std::to_string(number));
    outputs.push_back("out" + std::to_string(number));
    for (std::uint32_t node = 0; node < 2; ++node) {
      for (std::uint32_t i = 0; i < tasks_of[node]; ++i) {
        attempt.tasks.push_back({.rank = static_cast<std::uint32_t>(attempt.tasks.size()),
                                 .node = node,
                                 .devices = {},
                                 .cpu_milli = 1'000,
                                 .memory_mib = 100});
      }
    }
    const DecisionId decision{attempt.id, attempt.ordered};
    const ShelfPlace place{.attempt = shelf->folder_of(decision), .home = shelf->home_of(attempt.id.job)};
    ASSERT_TRUE(shelf->put(decision, files_of(attempt, place)));
    SlurmSubmission job = submission("");
    job.script = batch_script_of(attempt, place);
    job.folder = place.home;
    job.components = components_of(attempt);
    ids.push_back(submitted(job));
  }
  const std::vector<std::size_t> tasks{1, 4, 3};
  for (std::size_t i = 0; i < ids.size(); ++i) ASSERT_TRUE(logs(outputs[i], "ready", tasks[i])) << slurm_->read("log");
  for (std::size_t ring = 1; ring <= 2; ++ring) {
    for (const std::uint64_t id : ids) {
      const auto signalled = link_->signal(id, bell_signal);
      ASSERT_TRUE(signalled) << signalled.error().message;
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      EXPECT_TRUE(logs(outputs[i], "heard", ring * tasks[i])) << slurm_->read("log");
    }
  }
  for (const std::uint64_t id : ids) {
    EXPECT_EQ(find(id)->state, SlurmState::running);
    ASSERT_TRUE(link_->cancel(id));
  }
  for (const std::uint64_t id : ids) ended(id);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(count_of(slurm_->read(outputs[i]), "heard"), 2 * tasks[i]);
  }
}

TEST_P(slurm_link, a_refusal_says_what_is_wrong) {
  const auto refused = [&](const std::function<void(SlurmSubmission&)>& change) {
    SlurmSubmission job = submission("true\n");
    change(job);
    const auto id = link_->submit(job);
    return id ? Error{Code::failed, "was not refused"} : id.error();
  };
  const Error partition = refused([](SlurmSubmission& job) { job.partition = "nope"; });
  EXPECT_EQ(partition.code, Code::failed);
  EXPECT_NE(partition.message.find("create the partition"), std::string::npos) << partition.message;
  const Error gpus = refused([](SlurmSubmission& job) { job.components.front().gpus_per_node = 9; });
  EXPECT_EQ(gpus.code, Code::failed);
  EXPECT_NE(gpus.message.find("Requested node configuration is not available"), std::string::npos) << gpus.message;
  const Error node = refused([](SlurmSubmission& job) { job.components.front().nodes = {"n9"}; });
  EXPECT_EQ(node.code, Code::failed);
  EXPECT_NE(node.message.find("Invalid node name"), std::string::npos) << node.message;

  const auto checked = link_->check("nope");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::failed);
  EXPECT_NE(checked.error().message.find("create the partition"), std::string::npos) << checked.error().message;
}

TEST_P(slurm_link, nodes_tell_what_takes_no_work) {
  slurm_->run({"scontrol", "update", "nodename=n2", "state=drain", "reason=a fan is broken"});
  slurm_->run({"scontrol", "update", "nodename=n3", "state=down", "reason=no power"});
  const auto nodes = link_->nodes();
  ASSERT_TRUE(nodes) << nodes.error().message;
  ASSERT_EQ(nodes->size(), 3u);
  EXPECT_EQ((*nodes)[0].name, "n1");
  EXPECT_TRUE((*nodes)[0].takes_work && !(*nodes)[0].is_down);
  EXPECT_EQ((*nodes)[0].why, "");
  EXPECT_TRUE(!(*nodes)[1].takes_work && !(*nodes)[1].is_down);
  EXPECT_NE((*nodes)[1].why.find("a fan is broken"), std::string::npos) << (*nodes)[1].why;
  EXPECT_TRUE((*nodes)[2].is_down);
  EXPECT_NE((*nodes)[2].why.find("no power"), std::string::npos) << (*nodes)[2].why;
}

class slurm_links : public WithSlurm {};

// Each takes the 9 s that Slurm itself tries for: at the same time.
TEST_F(slurm_links, a_controller_that_is_down_is_unavailable) {
  slurm_->kill("slurmctld");
  const auto told = [](SlurmLink& link) {
    const auto jobs = link.jobs();
    return jobs ? Error{Code::failed, "was not noticed"} : jobs.error();
  };
  CommandLink commands(slurm_->config());
  RestLink rest(slurm_->by_socket());
  auto later = std::async(std::launch::async, [&] { return told(commands); });
  for (const Error& error : {told(rest), later.get()}) {
    EXPECT_EQ(error.code, Code::unavailable);
    EXPECT_NE(error.message.find("slurmctld"), std::string::npos) << error.message;
  }
}

TEST_F(slurm_links, a_job_of_another_account_needs_a_token_of_root) {
  slurm_->write("nobodys", slurm_->run({"scontrol", "token", "username=nobody"}));
  const auto nobody = find_account("nobody");
  const auto other = find_account("games");
  if (!nobody || !other) GTEST_SKIP() << "this machine lacks the accounts nobody and games";
  SlurmSubmission job{.name = "train",
                      .comment = "dure:a:1.0@5",
                      .partition = "dure",
                      .qos = {},
                      .script = "#!/bin/sh\n",
                      .log = "/dev/null",
                      .folder = "/",
                      .components = {{.nodes = {"n2"}, .memory_mib_per_node = 100}},
                      .account = *nobody};
  RestLink of_root(slurm_->by_token());
  RestOptions options = slurm_->by_token();
  options.user = "nobody";
  options.token_file = slurm_->file("nobodys");
  RestLink of_nobody(options);
  EXPECT_TRUE(of_root.submit(job));
  job.account = *other;
  EXPECT_TRUE(of_root.submit(job));
  const auto refused = of_nobody.submit(job);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "slurmrestd does not take a job of games with this token; give the server one of root or SlurmUser as "
            "`token_file`");
  const auto jobs = of_root.jobs();
  ASSERT_TRUE(jobs) << jobs.error().message;
  std::vector<std::uint32_t> uids;
  for (const SlurmJob& one : *jobs) uids.push_back(one.uid);
  std::sort(uids.begin(), uids.end());
  EXPECT_EQ(uids, (std::vector<std::uint32_t>{other->uid, nobody->uid}));
}

}  // namespace
}  // namespace dure::engine
