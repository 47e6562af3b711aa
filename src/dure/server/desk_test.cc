#include "dure/server/desk.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dure/api/secret.h"
#include "dure/journal/test_story.h"

namespace dure::server {
namespace {

// A desk on an estate of the tenants `a` and `b`, and the turns of its loop without a policy.
class AtTheDesk : public testing::Test {
 protected:
  AtTheDesk() {
    const PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8, .cpu_milli = 64'000, .nodes_per_rack = 4};
    happen(FleetDeclared{{.name = "f", .sites = {{.name = "s", .engine = EngineKind::local, .pools = {pool}}}}});
    happen(TenantsDeclared{{.roots = {{.name = "a"}, {.name = "b"}}}});
  }

  // Where what came of it will stand after the next turn.
  std::shared_ptr<const api::CommandResult> post(api::Command command, const api::Actor& actor) {
    auto result = std::make_shared<api::CommandResult>();
    desk_.post({.command = std::move(command),
                .actor = std::make_shared<const api::Actor>(actor),
                .action = "test",
                .target = "/",
                .key = "",
                .request = "",
                .done = [result](const api::CommandResult& told) { *result = told; }});
    return result;
  }
  void turn() {
    std::vector<Change> changes;
    desk_.drain(Time{++now_}, changes);
    for (std::size_t position = 0; position < changes.size(); ++position) {
      if (const auto checked = state_.check(changes[position])) {
        happen(changes[position]);
      } else {
        desk_.refused(position, changes[position], checked.error());
      }
    }
    desk_.checked(Time{now_});
    journal_->commit();
    desk_.settle(state_.fact_count());
  }
  void happen(const Change& change) {
    const Fact fact{Time{now_}, change};
    journal_->append(fact);
    state_.apply(fact);
    names_.on_fact(state_, fact);
  }

  TempFolder folder_;
  std::int64_t now_ = 1;
  State state_;
  std::unique_ptr<SqliteJournal> journal_ = *SqliteJournal::open(folder_.path());
  JournalReader archive_ = *JournalReader::open(folder_.path());
  TokenBook tokens_;
  NamedJobs names_;
  Desk desk_{state_, names_, *journal_, archive_, tokens_};
};

api::Actor owner_of(const std::string& tenant) {
  return {.subject = "owner of " + tenant, .token = "t0", .grants = {{.role = Role::owner, .tenant = tenant}}};
}

api::CreateToken token_for(const std::string& subject, const std::string& tenant, const std::string& secret) {
  StoredToken token{.hash = api::hash_of_secret(secret),
                    .subject = subject,
                    .grants = {{.role = Role::member, .tenant = tenant}},
                    .by = "owner of " + tenant};
  token.id = api::token_id(token.hash);
  return {std::move(token)};
}

TEST_F(AtTheDesk, OfTwoOwnersWhoAskForOneNameAtOnceTheFirstGetsIt) {
  const auto first = post(token_for("kim", "a", "one"), owner_of("a"));
  const auto second = post(token_for("kim", "b", "two"), owner_of("b"));
  const auto own = post(token_for("kim", "a", "three"), owner_of("a"));
  turn();
  EXPECT_TRUE(first->done);
  ASSERT_FALSE(second->done);
  EXPECT_EQ(second->done.error().code, Code::not_permitted);
  EXPECT_TRUE(own->done);
  EXPECT_EQ(tokens_.tokens_of("kim").size(), 2u);
  EXPECT_EQ(archive_.tokens()->size(), 2u);
}

TEST_F(AtTheDesk, ANameThatWasTakenMeanwhileIsNoMoreFree) {
  post(token_for("kim", "a", "one"), owner_of("a"));
  turn();
  const auto late = post(token_for("kim", "b", "two"), owner_of("b"));
  turn();
  EXPECT_FALSE(late->done);
  EXPECT_EQ(tokens_.tokens_of("kim").size(), 1u);
}

api::Book booking(std::vector<ledger::Change> changes, bool is_dry_run = false) {
  return {.changes = std::move(changes), .read_at = Time{1}, .is_dry_run = is_dry_run};
}

ledger::GrantAwarded award(const std::string& tenant, ledger::Micro micro) {
  return {.grant = {},
          .programme = "p",
          .tenant = tenant,
          .kinds = {},
          .lots = {{Time{1}, Time{1} + days(1), micro}},
          .application = {},
          .why = "",
          .by = {}};
}

const ledger::ProgrammeDeclared programme{{.name = "p", .tenant = "a", .use = {}, .hours = {}}, {}};

TEST_F(AtTheDesk, CreditsAreBookedAsAWholeOrNotAtAll) {
  const api::Actor kim{.subject = "kim", .token = "t1", .grants = {}};
  const ledger::RatesDeclared rates{Time{1}, {}, {{"X", ledger::credit}}};
  const auto tried = post(booking({rates, programme, award("a", 5)}, true), kim);
  turn();
  EXPECT_TRUE(tried->done);
  EXPECT_FALSE(state_.ledger().is_open());
  EXPECT_TRUE(state_.users().empty());
  const auto refused = post(booking({rates, programme, award("a", 5), award("b", 5)}), kim);
  turn();
  ASSERT_FALSE(refused->done);
  EXPECT_NE(refused->done.error().message.find("and b is none"), std::string::npos) << refused->done.error().message;
  EXPECT_FALSE(state_.ledger().is_open());
  const auto done = post(booking({rates, programme, award("a", 5), award("a", 6)}), kim);
  const auto next = post(booking({award("a", 7)}), kim);
  turn();
  EXPECT_TRUE(done->done);
  EXPECT_EQ(done->grants, (std::vector{GrantId{0}, GrantId{1}}));
  EXPECT_TRUE(next->grants.empty()) << "its turn is the next one";
  turn();
  EXPECT_TRUE(next->done);
  EXPECT_EQ(next->grants, std::vector{GrantId{2}});
  ASSERT_EQ(state_.ledger().grants().size(), 3u);
  EXPECT_EQ(state_.ledger().grants()[2].awarded, 7);
  EXPECT_EQ(state_.ledger().grants()[2].steps.front().by, UserId{0});
  EXPECT_EQ(state_.users(), std::vector<std::string>{"kim"});
}

TEST_F(AtTheDesk, WhatIsBookedAloneIsRefusedByTheStateItself) {
  const api::Actor kim{.subject = "kim", .token = "t1", .grants = {}};
  const auto early = post(booking({programme}), kim);
  turn();
  ASSERT_FALSE(early->done);
  EXPECT_NE(early->done.error().message.find("declare rates first"), std::string::npos);
}

api::SubmitJobs singletons(std::size_t count, std::vector<std::uint32_t> array = {}) {
  api::SubmitJobs submission;
  for (std::size_t i = 0; i < count; ++i) {
    api::NewJob job;
    job.file.job = {.name = "only", .tenant = TenantId{0}, .time_limit = hours(1)};
    job.file.job.shape.per_task.cpu_milli = 1000;
    job.file.array = array;
    job.file.is_singleton = true;
    submission.jobs.push_back(std::move(job));
  }
  return submission;
}

TEST_F(AtTheDesk, ASingletonComesAfterAllOfItsNameAndAnArrayIsOne) {
  const api::Actor kim{.subject = "kim", .token = "t1", .grants = {}};
  post(singletons(2), kim);
  post(singletons(1, {0, 1, 2}), kim);
  turn();
  post(singletons(2), kim);
  post(singletons(1), {.subject = "lee", .token = "t2", .grants = {}});
  turn();
  const auto waits_for = [&](std::uint32_t job) { return state_.jobs()[JobId{job}].waits_for; };
  EXPECT_EQ(waits_for(1), 0u);
  EXPECT_EQ(waits_for(2), 1u);  // of its own submission
  EXPECT_EQ(waits_for(3), 2u);  // the array's first
  EXPECT_EQ(waits_for(5), 2u);
  EXPECT_EQ(waits_for(6), 3u);  // of another turn: two jobs and an array
  EXPECT_EQ(waits_for(7), 4u);
  EXPECT_EQ(waits_for(8), 0u);  // another user's
}

TEST_F(AtTheDesk, ASingletonWaitsForAThousandAtMost) {
  const api::Actor kim{.subject = "kim", .token = "t1", .grants = {}};
  const auto many = post(singletons(1002), kim);
  turn();
  EXPECT_TRUE(many->jobs[1000]);
  ASSERT_FALSE(many->jobs[1001]);
  EXPECT_EQ(many->jobs[1001].error().message,
            "singleton: at most 1000 jobs can be waited for, and more of the name only have not ended; cancel some, or "
            "choose another name");
}

// Jobs 1 and 2 run on a GPU each of the first node.
class OnDevices : public AtTheDesk {
 protected:
  OnDevices() {
    happen(UserDeclared{UserId{0}, "kim"});
    for (std::uint32_t job = 1; job <= 2; ++job) {
      happen(JobSubmitted{JobId{job}, {.shape = {.per_task = {.gpu_milli = whole}}, .time_limit = hours(1)}});
      const Placement on{.node = NodeId{0}, .tasks = 1, .gpus = std::uint64_t{1} << job, .gpu_milli = whole};
      happen(StartOrdered{JobId{job}, PoolId{0}, {on}});
      happen(Started{JobId{job}});
    }
  }
  void fail(std::uint32_t job) {
    desk_.post({.id = {JobId{job}, 0},
                .kind = engine::Report::Kind::ended,
                .at = Time{},
                .ending = {.exit_code = 1, .why = "it exited with 1"}});
  }
  JobState state_of(std::uint32_t job) const { return state_.jobs()[JobId{job}].state; }
};

TEST_F(OnDevices, WhoFailsOnAGpuIsJudgedOnceTheDevicesWereLookedAt) {
  std::vector<std::function<void()>> looks;
  desk_.set_device_check([&](std::function<void()> then) { looks.push_back(std::move(then)); });
  fail(1);
  fail(2);
  turn();
  EXPECT_EQ(state_of(1), JobState::running);
  ASSERT_EQ(looks.size(), 2u);
  desk_.post(SickDevices{.gpus = 0b10, .why = {"", "it fell off the bus"}});
  for (const auto& then : looks) then();
  turn();
  EXPECT_EQ(looks.size(), 2u);
  EXPECT_EQ(state_of(1), JobState::pending);
  EXPECT_EQ(state_.jobs()[JobId{1}].failures, 1u);
  EXPECT_EQ(state_.jobs().find(JobId{2}), nullptr);  // its own failure
  EXPECT_EQ(state_.health(NodeId{0}).sick, 0b10u);
  desk_.post(SickDevices{.why = {"", ""}});
  turn();
  EXPECT_EQ(state_.health(NodeId{0}).sick, 0u);
}

}  // namespace
}  // namespace dure::server
