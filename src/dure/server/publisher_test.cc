// However a server came to what it knows, it shows the same: fact by fact, by a replay, or from a snapshot.
#include "dure/server/publisher.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <span>
#include <string>
#include <vector>

#include "dure/api/loans.h"
#include "dure/journal/test_story.h"

namespace dure::server {
namespace {

// Keeps the facts of a story.
class Tape final : public Journal {
 public:
  void append(const Fact& fact) override { facts.push_back(fact); }
  void commit() override {}
  std::vector<Fact> facts;
};

std::string describe(const api::View& view, const api::JobRow& row) {
  const Job& job = row.job;
  std::string text = fmt::format("job {} of {} {} {} restarts {}", job.id.value, (*view.tenants)[job.tenant].path,
                                 to_text(job.state), row.shape.per_task.gpu_milli, job.evictions);
  for (const Placement& placement : job.allocation)
    text += fmt::format(" on {}:{:x}", placement.node.value, placement.gpus);
  for (const std::uint64_t gpus : row.devices) text += fmt::format(" in fact {:x}", gpus);
  if (!row.start_failed.empty()) text += " not started: " + row.start_failed;
  if (row.promise) text += fmt::format(" promised {}", row.promise->from.ns);
  if (row.hold) text += fmt::format(" holds {} of account {}", row.hold->micro, row.hold->account.value);
  if (row.settled) text += fmt::format(" charged {} and not {}", row.settled->charged, row.settled->waived);
  if (job.state != JobState::ended) return text;
  return text + fmt::format(" as {} {} {} at {}", to_text(row.outcome), row.exit_code, row.reason, row.ended.ns);
}

void describe_ledger(const api::View& view, std::vector<std::string>& lines) {
  if (view.ledger == nullptr) return;
  lines.push_back(fmt::format("ledger: {} programmes, {} pools, {} parties, since {}", view.ledger->programmes.size(),
                              view.ledger->pools.size(), view.ledger->parties.size(),
                              to_text(view.ledger->open_month)));
  for (const auto& account : view.ledger->account_of)
    lines.push_back(account ? fmt::format("pays {}", account->value) : "pays nobody");
  for (std::size_t id = 0; id < view.accounts.id_bound(); ++id) {
    const ledger::Account* account = view.accounts.find(id);
    if (account == nullptr) continue;
    lines.push_back(fmt::format("account {}: {} credits, {} holds", account->path, account->balance(), account->holds));
    for (const ledger::MonthLine& month : account->months)
      lines.push_back(fmt::format("{}: {} in {} pools", to_text(month.month), month.net(), month.pools.size()));
  }
  for (std::size_t id = 0; id < view.grants.id_bound(); ++id) {
    const ledger::Grant* grant = view.grants.find(id);
    if (grant == nullptr) continue;
    lines.push_back(fmt::format("grant {}: {} lapsed, {} waived, {} after {} steps", id, grant->lapsed, grant->waived,
                                to_text(grant->status), grant->steps.size()));
  }
}

std::string describe(const ledger::Loan& loan) {
  return fmt::format("{} in {} from {} to {} as {}: {} taken back {}", to_text(loan.month), loan.pool, loan.lender,
                     loan.borrower, to_text(loan.reason), static_cast<std::int64_t>(loan.used >> 10),
                     loan.reclaims.times);
}

std::vector<std::string> describe(const std::vector<ledger::Loan>& loans) {
  std::vector<std::string> lines;
  for (const ledger::Loan& loan : loans) lines.push_back(describe(loan));
  return lines;
}

// Everything of a view; of jobs that have ended only on demand.
std::vector<std::string> describe(const api::View& view, bool with_ended) {
  std::vector<std::string> lines{
      fmt::format("{} at {}: {} wait, {} run", view.sequence, view.now.ns, view.pending, view.running)};
  for (std::size_t id = 0; id < view.jobs.id_bound(); ++id) {
    const api::JobRow* row = view.jobs.find(id);
    if (row != nullptr && (with_ended || row->job.state != JobState::ended)) lines.push_back(describe(view, *row));
  }
  for (std::size_t id = 0; id < view.fleet->node_count(); ++id) {
    const api::NodeRow& row = *view.nodes.find(id);
    lines.push_back(fmt::format("node {} {} {} '{}' {} {} holds {}", id, row.is_lost, row.is_drained, row.reason,
                                row.gpu_held_milli, row.cpu_held_milli, row.jobs.size()));
  }
  for (std::uint32_t id = 0; id < view.fleet->node_count(); ++id) {
    const api::NodeRoom& room = view.room_of(NodeId{id});
    lines.push_back(fmt::format("room {} {} {:x} {}, for good {} {:x}, {} {} {}", id, room.now.cpu_milli, room.now.idle,
                                room.now.memory_mib, room.lasting.cpu_milli, room.lasting.idle, room.is_shared,
                                room.is_promised, room.takes_work()));
  }
  for (const api::PoolOutlook& pool : *view.pools) {
    lines.push_back(fmt::format("{} promises of {}, {} leave", pool.promises, pool.promised_milli, pool.leaving_milli));
    for (const auto& [at, job] : pool.first_promises)
      lines.push_back(fmt::format("promise {} at {}", job.value, at.ns));
    for (const auto& [at, job] : pool.first_ends) lines.push_back(fmt::format("end {} at {}", job.value, at.ns));
  }
  for (std::size_t page = 0; page < view.pending_on.id_bound(); ++page) {
    const api::PendingCounts* counts = view.pending_on.find(page);
    for (std::size_t i = 0; counts != nullptr && i < counts->entries.size(); ++i) {
      const api::PendingCounts::Entry& entry = counts->entries[i];
      lines.push_back(fmt::format("{} pending of {} at {}", entry.jobs, entry.tenant.value, entry.priority));
    }
  }
  for (std::size_t i = 0; i < view.use->size(); ++i) {
    const api::TenantUse& use = (*view.use)[i];
    lines.push_back(fmt::format("tenant {}: {} held, {} run, {} wait, {} ended, used {}, by now {}", i, use.held_milli,
                                use.running, use.pending, use.ended, static_cast<std::int64_t>(use.used >> 20),
                                static_cast<std::int64_t>(use.used_by(view.now) >> 20)));
    for (const Harm& harm : {use.by_eviction.sum(), use.by_node_loss}) {
      lines.back() += fmt::format(", lost {} in {}", static_cast<std::int64_t>(harm.lost >> 20), harm.times);
    }
  }
  describe_ledger(view, lines);
  return lines;
}

std::vector<std::string> published(Publisher& publisher, const State& state, bool with_ended) {
  publisher.publish(state);
  return describe(*publisher.view(), with_ended);
}

// Another tree of the same story: `b` stays, with another number.
TenantsSpec other_tenants() {
  const TenantSpec child{.name = "b", .quotas = {{.pool = "s/p", .limit_milli = 32'000}}};
  return {.roots = {{.name = "0"}, {.name = "a", .children = {{.name = "a"}, child}}}};
}

// The same fleet behind another site.
FleetSpec larger(FleetSpec fleet) {
  const PoolSpec pool{.name = "z", .gpu_model = "Y", .gpus_per_node = 4, .cpu_milli = 8000};
  fleet.sites.insert(fleet.sites.begin(), {.name = "0", .pools = {pool}});
  return fleet;
}

// What runs have used and lost that have ended, by a straightforward path: all of one tenant in one pool.
struct Books {
  std::map<JobId, Time> began;
  std::map<JobId, Time> resumed;  // the same, or since on other nodes
  Wide used = 0;
  std::uint64_t ended = 0;
  std::map<Outcome, Wide> by_outcome;

  void hear(const State& state, const Fact& fact) {
    const auto* end = std::get_if<Ended>(&fact.change);
    const Time until = end != nullptr ? end_of(*end, fact.time) : fact.time;
    const auto held_since = [&](Time time) {
      return Wide{std::max((until - time).ns, std::int64_t{0})} * state.shape_of(state.departed()).per_task.gpu_milli;
    };
    if (const auto* started = std::get_if<Started>(&fact.change)) {
      began[started->job] = resumed[started->job] = started->at.value_or(fact.time);
    }
    if (const auto* swap = std::get_if<NodesSwapped>(&fact.change)) {
      by_outcome[Outcome::node_lost] += held_since(std::exchange(resumed[swap->job], fact.time));
    }
    if (end == nullptr && !std::holds_alternative<JobCancelled>(fact.change)) return;
    const JobId job = state.departed().id;
    ended += state.jobs().find(job) == nullptr ? 1u : 0u;
    if (end == nullptr || (!began.contains(job) && !end->ran)) return;
    if (end->ran) {
      if (!began.contains(job) || resumed[job] == began[job]) resumed[job] = end->ran->from;
      began[job] = end->ran->from;
    }
    used += held_since(began[job]);
    // The story is over before the first checkpoint.
    if (state.departed().stop_ordered != Outcome::cancelled) by_outcome[end->outcome] += held_since(resumed[job]);
    began.erase(job);
  }
};

class Views : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Views, AreTheSameFromFactsAReplayAndASnapshot) {
  constexpr std::uint64_t facts = 600;
  constexpr std::uint64_t snapshot_at = 350;
  Tape tape;
  Story story(GetParam());
  Publisher live;
  Account account;
  Books books;
  std::vector<std::byte> image;
  std::vector<std::byte> aside;
  Publisher snapshot_maker;
  const auto hear = [&] {
    live.on_fact(story.state, tape.facts.back());
    account.hear(story.state, tape.facts.back());
    snapshot_maker.replay(story.state, tape.facts.back());
    books.hear(story.state, tape.facts.back());
  };
  for (std::uint64_t i = 0; i < facts; ++i) {
    story.tell(tape);
    hear();
    if (i % 7 == 0) live.publish(story.state);
    if (i + 1 == snapshot_at) {
      ByteWriter writer;
      story.state.write_image(writer);
      image.assign(writer.bytes().begin(), writer.bytes().end());
      aside = snapshot_maker.aside();
    }
  }
  const Change drained = NodeDrained{NodeId{1}, "fan"};
  for (const Change& change :
       {drained, Change{TenantsDeclared{other_tenants()}}, Change{FleetDeclared{larger(story.state.fleet().spec())}}}) {
    ASSERT_TRUE(story.state.check(change));
    tape.facts.push_back({story.state.now(), change});
    story.state.apply(tape.facts.back());
    hear();
  }

  const Consumption& used = account.of(*story.state.tenants().find("a/b"), PoolId{1});
  EXPECT_TRUE(used.used == books.used);
  EXPECT_EQ(used.ended, books.ended);
  EXPECT_GT(used.ended, 10u);
  EXPECT_TRUE(used.by_eviction.sum().lost == books.by_outcome[Outcome::evicted]);
  EXPECT_TRUE(used.by_node_loss.lost == books.by_outcome[Outcome::node_lost]);
  EXPECT_EQ(account.of(*story.state.tenants().find("a"), PoolId{1}).ended, books.ended);
  EXPECT_EQ(account.why_drained(story.state.fleet(), NodeId{2}), "fan");

  State replayed;
  Publisher from_replay;
  for (const Fact& fact : tape.facts) {
    replayed.apply(fact);
    from_replay.replay(replayed, fact);
  }
  from_replay.rebuild(replayed);
  EXPECT_EQ(published(from_replay, replayed, true), published(live, story.state, true));
  const Time now = story.state.now();
  EXPECT_EQ(describe(api::loans_of(*live.view(), now)), describe(story.state.ledger().loans(now)));

  State restored = State::from_image(image).value();
  Publisher from_snapshot;
  ASSERT_TRUE(from_snapshot.restore(restored, aside));
  for (std::size_t i = snapshot_at; i < tape.facts.size(); ++i) {
    restored.apply(tape.facts[i]);
    from_snapshot.replay(restored, tape.facts[i]);
  }
  from_snapshot.rebuild(restored);
  EXPECT_EQ(published(from_snapshot, restored, true), published(live, story.state, true));

  Publisher other;
  const std::span<const std::byte> torn = std::span(aside).first(aside.size() - 1);
  EXPECT_FALSE(other.restore(State::from_image(image).value(), torn));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Views, testing::Range(std::uint64_t{1}, std::uint64_t{21}));

TEST(Publisher, WhatWasPublishedStaysAsItWas) {
  Tape tape;
  Story story(3);
  Publisher publisher;
  const auto tell = [&](int facts) {
    for (int i = 0; i < facts; ++i) {
      story.tell(tape);
      publisher.on_fact(story.state, tape.facts.back());
    }
    publisher.publish(story.state);
  };
  tell(200);
  const auto view = publisher.view();
  const auto before = describe(*view, true);
  tell(200);
  EXPECT_EQ(describe(*view, true), before);
  EXPECT_NE(describe(*publisher.view(), true), before);
}

TEST(Publisher, KeepsTheLastThatHaveEnded) {
  Tape tape;
  Story story(3);
  Publisher publisher(5);
  std::vector<JobId> ended;
  while (ended.size() < 12) {
    story.tell(tape);
    const bool may_end = std::holds_alternative<Ended>(tape.facts.back().change) ||
                         std::holds_alternative<JobCancelled>(tape.facts.back().change);
    publisher.on_fact(story.state, tape.facts.back());
    if (may_end && story.state.jobs().find(story.state.departed().id) == nullptr) {
      ended.push_back(story.state.departed().id);
    }
  }
  publisher.publish(story.state);
  for (std::size_t i = 0; i < ended.size(); ++i) {
    EXPECT_EQ(publisher.view()->jobs.find(ended[i].index()) != nullptr, i >= ended.size() - 5) << i;
  }
}

// Facts at times that a test chooses, on nodes of eight GPUs.
struct Ledger {
  State state;
  Account account;

  Ledger() {
    const PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 8, .nodes_per_rack = 3};
    tell(0, FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}});
    tell(0, TenantsDeclared{{.roots = {{.name = "a", .children = {{.name = "b"}, {.name = "c"}}}}}});
    tell(0, UserDeclared{UserId{0}, "kim"});
  }
  void tell(std::int64_t minute, Change change) {
    const Fact fact{Time{} + minutes(minute), std::move(change)};
    state.apply(fact);
    account.hear(state, fact);
  }
  // A job that holds two GPUs from minute 1 on, and runs from minute 2 on.
  void run(JobId id, const char* tenant, std::optional<Checkpoint> checkpoint, bool requeues) {
    const JobSpec spec{.tenant = *state.tenants().find(tenant),
                       .shape = {.per_task = {.gpu_milli = 2000}},
                       .time_limit = days(1),
                       .checkpoint = checkpoint,
                       .requeues = requeues};
    tell(1, JobSubmitted{id, spec});
    StartOrdered order{.job = id, .pool = PoolId{0}, .allocation = {}};
    state.occupancy().room(NodeId{0}).choose(NodeId{0}, spec.shape.per_task, 1, order.allocation);
    tell(1, order);
  }
  const Consumption& of(const char* tenant) const { return account.of(*state.tenants().find(tenant), PoolId{0}); }
};

TEST(Account, LosesWhatWasDoneSinceTheLastCheckpoint) {
  constexpr Wide gpu_minute = Wide{1000} * minutes(1).ns;
  const Checkpoint half_hourly{.every = minutes(30)};
  Ledger ledger;
  ledger.run(JobId{1}, "a/b", half_hourly, true);
  ledger.run(JobId{2}, "a/c", std::nullopt, true);
  ledger.run(JobId{3}, "a/c", half_hourly, false);
  ledger.run(JobId{4}, "a/c", std::nullopt, true);
  for (std::uint32_t job = 1; job < 4; ++job) ledger.tell(2, Started{JobId{job}});
  ledger.tell(72, StopOrdered{JobId{1}, Outcome::evicted, {.beneficiary = JobId{9}, .cause = StopCause::reclaim}});
  for (std::uint32_t job = 2; job < 5; ++job) ledger.tell(72, StopOrdered{JobId{job}, Outcome::evicted});
  ledger.tell(72, StopOrdered{JobId{2}, Outcome::cancelled});  // its user wants it no more
  ledger.tell(72, Ended{.job = JobId{1}, .outcome = Outcome::evicted});
  ledger.tell(72, Ended{.job = JobId{2}, .outcome = Outcome::evicted});
  ledger.tell(72, Ended{.job = JobId{3}, .outcome = Outcome::node_lost});
  ledger.tell(72, Ended{.job = JobId{4}, .outcome = Outcome::evicted});  // it had not begun
  EXPECT_TRUE(ledger.of("a/b").by_eviction.sum().lost == 2 * 10 * gpu_minute);
  EXPECT_TRUE(ledger.of("a/c").by_eviction.sum().lost == 0);
  EXPECT_EQ(ledger.of("a/c").by_eviction.sum().times, 1u);
  EXPECT_TRUE(ledger.of("a/c").by_node_loss.lost == 2 * 70 * gpu_minute);

  const auto is_sum = [&](auto&& harm_of) {
    const Harm all = harm_of(ledger.of("a"));
    const Harm b = harm_of(ledger.of("a/b"));
    const Harm c = harm_of(ledger.of("a/c"));
    return all.lost == b.lost + c.lost && all.times == b.times + c.times;
  };
  EXPECT_TRUE(is_sum([](const Consumption& row) { return row.by_eviction.sum(); }));
  EXPECT_TRUE(is_sum([](const Consumption& row) { return row.by_node_loss; }));
  EXPECT_EQ(ledger.of("a").by_eviction.sum().times, 2u);
  const auto& by_cause = ledger.of("a").by_eviction.by_cause;
  ASSERT_EQ(by_cause.size(), 2u);
  EXPECT_EQ(by_cause[0].cause, StopCause::asked);
  EXPECT_EQ(by_cause[1].cause, StopCause::reclaim);
  EXPECT_TRUE(by_cause[1].harm.lost == 2 * 10 * gpu_minute);
}

// As if it had lost all of its nodes, and nothing was used by then that was not before.
TEST(Account, LosesTheSameToASwap) {
  constexpr Wide gpu_minute = Wide{1000} * minutes(1).ns;
  Ledger ledger;
  const JobSpec spec{.tenant = *ledger.state.tenants().find("a/b"),
                     .shape = {.tasks_min = 2, .tasks_max = 2, .per_task = {.gpu_milli = 8000}},
                     .time_limit = days(1),
                     .checkpoint = Checkpoint{.every = minutes(30)},
                     .hot_swap = true};
  const auto all_of = [](std::uint32_t node) {
    return Placement{.node = NodeId{node}, .tasks = 1, .gpus = 255, .gpu_milli = whole};
  };
  ledger.tell(1, JobSubmitted{JobId{1}, spec});
  ledger.tell(1, StartOrdered{JobId{1}, PoolId{0}, {all_of(0), all_of(1)}});
  ledger.tell(2, Started{JobId{1}});
  ledger.tell(72, NodeLost{NodeId{0}});
  ledger.tell(72, NodesSwapped{JobId{1}, {NodeId{0}}, {all_of(2)}});
  EXPECT_TRUE(ledger.of("a").by_node_loss.lost == 16 * 10 * gpu_minute);
  EXPECT_EQ(ledger.of("a").by_node_loss.times, 1u);
  EXPECT_TRUE(ledger.of("a/b").used == 0);
  ledger.tell(92, NodeLost{NodeId{2}});
  ledger.tell(92, Ended{.job = JobId{1}, .outcome = Outcome::node_lost});
  EXPECT_TRUE(ledger.of("a/b").by_node_loss.lost == 16 * (10 + 20) * gpu_minute);
  EXPECT_TRUE(ledger.of("a/b").used == 16 * 90 * gpu_minute);
  EXPECT_EQ(ledger.of("a/c").by_node_loss.times, 0u);
}

TEST(Account, RefusesWhatItDidNotWrite) {
  Tape tape;
  Story story(4);
  Account account;
  for (int i = 0; i < 300; ++i) {
    story.tell(tape);
    account.hear(story.state, tape.facts.back());
  }
  const std::vector<std::byte> bytes = account.to_bytes();
  Account read;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read.restore(std::span(bytes).first(size), story.state)) << size;
  }
  EXPECT_FALSE(read.restore(bytes, State{}));
  EXPECT_TRUE(read.restore(bytes, story.state));
  EXPECT_EQ(read.to_bytes(), bytes);
}

}  // namespace
}  // namespace dure::server
