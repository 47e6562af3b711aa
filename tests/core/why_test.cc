// What is said of a waiting job is true: small random worlds, and an index over what is free that is made from the
// state alone. Whatever is suggested is tried there.
#include "dure/api/why.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dure/api/described.h"
#include "dure/api/pending_order.h"
#include "dure/api/why_json.h"
#include "dure/base/random.h"
#include "dure/fleet/capacity_index.h"
#include "dure/policy/dure_policy.h"
#include "dure/runtime/loop.h"
#include "dure/server/publisher.h"
#include "dure/spec/file.h"

namespace dure {
namespace {

using api::Blocker;
using api::Reason;
using api::Remedy;
using api::Suggestion;

// What is free in a world like the present one, but for some differences.
struct Differences {
  std::set<JobId> gone;      // jobs that have ended
  std::set<NodeId> resumed;  // nodes that take work again
  JobId asker;               // whose own promise does not count
};

class FreeCapacity {
 public:
  FreeCapacity(const State& state, const Differences& but) : state_(state), but_(but), index_(state.fleet()) {
    for (std::uint32_t n = 0; n < state.fleet().node_count(); ++n) {
      const bool is_up = state.health(NodeId{n}).is_available() || but.resumed.contains(NodeId{n});
      index_.set_available(state.fleet().pool_of(NodeId{n}), NodeId{n}, is_up);
      index_.set_sick(state.fleet().pool_of(NodeId{n}), NodeId{n}, state.health(NodeId{n}).sick);
    }
    for (const JobId id : state.jobs().sorted_ids()) {
      const Job& job = state.jobs()[id];
      if (job.holds_devices() && !but.gone.contains(id)) {
        index_.book(job.pool, job.allocation, state.shape_of(job).per_task,
                    {job.leaves(), job.state == JobState::stopping});
      }
    }
    for (const auto& [id, made] : state.reservations()) {
      if (id != but.asker) promise(made);
    }
    for (const auto& [id, window] : state.windows()) {
      for (std::size_t p = 0; p < state.fleet().pools().size(); ++p) {
        index_.pool(id_of<PoolTag>(p)).open(id, window.from, window.until, window.nodes);
      }
    }
  }

  std::uint64_t most_tasks(PoolId pool, const Shape& shape, const Terms& terms) {
    return index_.pool(pool).most_tasks(shape.placing(), shape.within, terms);
  }
  // What windows bar to who would stay for so long.
  Bar bar(PoolId pool, Duration limit) { return index_.pool(pool).windows().bar(state_.now(), state_.now() + limit); }
  bool leaves_room(TenantId tenant, PoolId pool, std::int64_t wanted) const {
    for (std::optional<TenantId> at = tenant; at; at = state_.tenants()[*at].parent) {
      std::int64_t held = state_.usage(*at, pool).held_milli;
      for (const JobId id : but_.gone) {
        const Job& job = state_.jobs()[id];
        if (job.pool == pool && state_.tenants().is_within(job.tenant, *at))
          held -= state_.amount(state_.shape_of(job), pool, job.placed_tasks());
      }
      if (held + wanted > state_.tenants().quota(*at, pool).limit_milli) return false;
    }
    return true;
  }
  // Whether the job would start in the pool as the shape and the limit say.
  bool takes(const Job& job, PoolId pool, const Shape& shape, Duration limit) {
    if (!leaves_room(job.tenant, pool, state_.amount(shape, pool, shape.tasks_min))) return false;
    const auto fits = [&](Fences fences) {
      return most_tasks(pool, shape, {fences, bar(pool, limit)}) >= shape.tasks_min;
    };
    if (fits(Fences::respected)) return true;
    const auto own = state_.reservations().find(job.id);
    if (own != state_.reservations().end() && own->second.pool == pool) return false;
    return first_[pool] != Time::never() && state_.now() + limit <= first_[pool] && fits(Fences::ignored);
  }

 private:
  void promise(const Reservation& made) {
    const Demand& demand = state_.shape_of(state_.jobs()[made.job]).per_task;
    index_.pool(made.pool).promise(made.job, made.from, made.allocation, demand, [&](const auto& visit) {
      for (const JobId id : state_.jobs().sorted_ids()) {
        const Job& job = state_.jobs()[id];
        const bool leaves =
            job.holds_devices() && !but_.gone.contains(id) && job.pool == made.pool && job.leaves() <= made.from;
        if (!leaves) continue;
        for (const Placement& placement : job.allocation) {
          visit(placement, state_.shape_of(job).per_task, job.state == JobState::stopping);
        }
      }
    });
    const auto [first, is_new] = first_.try_emplace(made.pool, made.from);
    first->second = std::min(first->second, made.from);
  }

  const State& state_;
  const Differences& but_;
  CapacityIndex index_;
  struct FirstPromises : std::map<PoolId, Time> {
    Time operator[](PoolId pool) const { return contains(pool) ? at(pool) : Time::never(); }
  } first_;
};

// A small estate on which jobs come, go, and wait.
class World final : public Inbox, public Engine, public Observer, public Journal {
 public:
  explicit World(std::uint64_t seed) : random_(seed), policy_(options()), loop_(state, policy_, *this, *this, *this) {
    loop_.add_observer(*this);
    arrived_ = {FleetDeclared{fleet()}, TenantsDeclared{tenants()}, UserDeclared{UserId{0}, "kim"}};
    settle();
  }

  State state;
  server::Publisher publisher;

  // Something happens; then all that may start has started.
  void go_on() {
    now_ = now_ + minutes(random_.between(0, 20));
    for (std::uint64_t i = random_.below(3); i < 4; ++i) arrived_.push_back(next());
    settle();
  }

  void drain(Time, std::vector<Change>& out) override { std::swap(out, arrived_), arrived_.clear(); }
  void refused(std::size_t, const Change&, const Error&) override {}
  void execute(const State&, std::span<const Decision> decisions) override {
    for (const Decision& decision : decisions) {
      if (const auto* start = std::get_if<StartOrdered>(&decision)) arrived_.push_back(Started{start->job});
    }
  }
  void on_fact(const State& now, const Fact& fact) override { publisher.on_fact(now, fact); }
  void on_turn(const State&, bool) override {}
  void append(const Fact&) override {}
  void commit() override {}

 private:
  DureOptions options() {
    return {.reservations = static_cast<std::uint32_t>(random_.below(3)), .reclaims = random_.below(2) == 0};
  }
  FleetSpec fleet() {
    SiteSpec site{.name = "s"};
    for (const char* name : {"p", "q"}) {
      site.pools.push_back({.name = name,
                            .gpu_model = "X",
                            .gpus_per_node = 2 + static_cast<std::uint32_t>(random_.below(3)),
                            .cpu_milli = 8'000,
                            .memory_mib = 64 * std::int64_t{1024},
                            .blocks = 1 + static_cast<std::uint32_t>(random_.below(2)),
                            .racks_per_block = 1 + static_cast<std::uint32_t>(random_.below(3)),
                            .nodes_per_rack = 1 + static_cast<std::uint32_t>(random_.below(3))});
    }
    return {.name = "f", .sites = {site}};
  }
  TenantsSpec tenants() {
    TenantsSpec spec;
    for (const char* name : {"a", "b"}) {
      TenantSpec root{.name = name};
      for (const char* leaf : {"x", "y"}) {
        TenantSpec tenant{.name = leaf, .quotas = {{.pool = "s/p", .guarantee_milli = random_.between(0, 4) * whole}}};
        if (random_.below(3) == 0) tenant.quotas.front().limit_milli = random_.between(4, 9) * whole;
        root.children.push_back(std::move(tenant));
      }
      spec.roots.push_back(std::move(root));
    }
    return spec;
  }

  Change devices(NodeId node) {
    const std::uint64_t gpus =
        random_.next() & all_devices(state.fleet().pool(state.fleet().pool_of(node)).spec.gpus_per_node);
    if (random_.below(2) == 0) return DevicesReturned{node, gpus};
    return DevicesFailed{node, gpus, "storm"};
  }
  Change next() {
    const auto jobs = state.jobs().sorted_ids();
    const NodeId node{static_cast<std::uint32_t>(random_.below(state.fleet().node_count()))};
    switch (random_.below(13)) {
      case 0: return NodeDrained{node};
      case 1: return random_.below(3) == 0 ? Change{NodeLost{node}} : Change{NodeReturned{node}};
      case 2: return random_.below(3) == 0 ? window(node) : Change{NodeResumed{node}};
      case 12: return devices(node);
      case 3:
      case 4:
      case 5:
        if (!jobs.empty()) return about(state.jobs()[jobs[random_.below(jobs.size())]]);
        return submission();
      default: return submission();
    }
  }
  Change window(NodeId node) {
    if (state.windows().size() > 2) return WindowClosed{state.windows().begin()->first, CloseCause::withdrawn};
    const Time from = state.now() + minutes(random_.between(0, 200));
    return WindowOpened{{.id = state.next_window(),
                         .name = fmt::format("w{}", state.next_window().value),
                         .nodes = {node},
                         .from = from,
                         .until = from + minutes(random_.between(10, 90))}};
  }
  Change about(const Job& job) {
    if (job.state == JobState::stopping) return Ended{.job = job.id, .outcome = *job.stop_ordered};
    if (job.state == JobState::running) return Ended{job.id, Outcome::completed};
    if (job.state == JobState::held) return JobReleased{job.id};
    return random_.below(4) == 0 ? Change{JobHeld{job.id}} : Change{JobCancelled{job.id}};
  }
  Change submission() {
    static constexpr std::int64_t gpus[] = {0, 300, 500, 1000, 1000, 2000, 2000, 3000};
    Shape shape{.tasks_min = 1 + static_cast<std::uint32_t>(random_.below(5)),
                .per_task = {.gpu_milli = gpus[random_.below(8)],
                             .cpu_milli = random_.between(1, 5) * whole,
                             .memory_mib = random_.between(0, 40) * 1024},
                .within = static_cast<Level>(random_.below(4))};
    if (shape.within > Level::node && random_.below(4) == 0) {
      const auto below = static_cast<Level>(random_.below(static_cast<std::uint64_t>(shape.within)));
      if (random_.below(2) == 0) {
        shape.segments = {.of = 2, .within = below};
        shape.tasks_min += shape.tasks_min % 2;
      } else {
        shape.spread = {.most = 1, .over = below};
      }
    }
    shape.tasks_max = shape.tasks_min;
    const auto jobs = state.jobs().sorted_ids();
    // Jobs of one class, of which only the first is looked at, want equal shapes.
    if (!jobs.empty() && random_.below(3) == 0) shape = state.shape_of(state.jobs()[jobs.back()]);
    if (random_.below(3) == 0) shape.pools = {PoolId{static_cast<std::uint32_t>(random_.below(2))}};
    JobSpec spec{.tenant = leaf(), .shape = shape, .time_limit = minutes(random_.between(5, 300))};
    if (random_.below(5) == 0) spec.priority = 1;
    if (random_.below(3) == 0) spec.checkpoint = Checkpoint{.every = minutes(10)};
    if (!jobs.empty() && random_.below(8) == 0) spec.after = {{After::ok, jobs[random_.below(jobs.size())]}};
    return JobSubmitted{JobId{next_job_++}, std::move(spec)};
  }
  TenantId leaf() {
    static constexpr const char* leaves[] = {"a/x", "a/y", "b/x", "b/y"};
    return *state.tenants().find(leaves[random_.below(4)]);
  }
  // Time stands still while there is anything to say.
  void settle() {
    std::optional<Time> wakeup;
    do {
      wakeup = loop_.turn(now_);
    } while (wakeup == now_ || !arrived_.empty());
    publisher.publish(state);
  }

  Random random_;
  Time now_;
  std::uint32_t next_job_ = 1;
  std::vector<Change> arrived_;
  DurePolicy policy_;
  Loop loop_;
};

const api::Sees all{
    .use = [](TenantId) { return true; }, .job = [](const api::JobRow&) { return true; }, .nodes = true};

// Whether the job, changed so, would start now.
bool helps(const State& state, const Job& job, const Suggestion& change) {
  Differences but{.gone = {change.jobs.begin(), change.jobs.end()},
                  .resumed = {change.nodes.begin(), change.nodes.end()},
                  .asker = job.id};
  FreeCapacity free(state, but);
  Shape shape = state.shape_of(job);
  if (change.tasks) shape.tasks_min = static_cast<std::uint32_t>(*change.tasks);
  if (change.within) shape.within = *change.within;
  return free.takes(job, *change.pool, shape, change.time_limit.value_or(job.time_limit));
}

// Whether one task more, a minute more, one node or the last of the jobs less would not do.
bool is_least(const State& state, const Job& job, const Suggestion& change) {
  Suggestion less = change;
  switch (change.remedy) {
    case Remedy::fewer_tasks: *less.tasks += std::max(state.shape_of(job).segments.of, 1u); break;
    case Remedy::resume: less.nodes.pop_back(); break;
    case Remedy::shorter: less.time_limit = *change.time_limit + minutes(1); break;
    case Remedy::wider: less.within = static_cast<Level>(static_cast<int>(*change.within) - 1); break;
    default: return true;
  }
  return !helps(state, job, less);
}

class Whys : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Whys, AreTrueAndWhatTheySuggestHelps) {
  World world(GetParam());
  for (int step = 0; step < 60; ++step) {
    world.go_on();
    const auto view = world.publisher.view();
    api::Explainer explainer(*view, world.state.now(), all);
    for (const JobId id : world.state.jobs().sorted_ids()) {
      const Job& job = world.state.jobs()[id];
      const api::Why why = explainer.why_not(*view->jobs.find(id.index()), api::Explainer::Extent::all);
      const bool waits = job.state == JobState::pending || job.state == JobState::held;
      ASSERT_EQ(why.blockers.empty(), !waits) << "job " << id.value << " at step " << step;
      const Shape& shape = world.state.shape_of(job);
      for (const Suggestion& change : why.changes) {
        if (change.remedy == Remedy::release || change.remedy == Remedy::resubmit) continue;
        ASSERT_TRUE(helps(world.state, job, change)) << sentence(*view, change, id) << " at step " << step;
        ASSERT_TRUE(is_least(world.state, job, change)) << sentence(*view, change, id) << " at step " << step;
      }
      if (!waits) continue;
      const Differences but{.gone = {}, .resumed = {}, .asker = id};
      FreeCapacity free(world.state, but);
      bool may_start = false;
      for (std::size_t p = 0; p < 2; ++p) {
        const PoolId pool = id_of<PoolTag>(p);
        if (!world.state.is_eligible(shape, pool)) continue;
        may_start |= free.takes(job, pool, shape, job.time_limit);
      }
      const bool has_turn =
          std::ranges::any_of(why.blockers, [](const Blocker& b) { return b.reason == Reason::turn; });
      ASSERT_EQ(has_turn, may_start && job.state == JobState::pending) << "job " << id.value << " at step " << step;
      for (const Blocker& blocker : why.blockers) {
        if (!blocker.tasks_fit) continue;
        const Fences fences = blocker.reason == Reason::fences ? Fences::respected : Fences::ignored;
        const bool is_beside = blocker.reason == Reason::fences || blocker.reason == Reason::window;
        const Bar bar = is_beside ? free.bar(*blocker.pool, job.time_limit) : Bar{};
        ASSERT_EQ(*blocker.tasks_fit, free.most_tasks(*blocker.pool, shape, {fences, bar}))
            << sentence(*view, blocker) << " of job " << id.value << " at step " << step;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Whys, testing::Range(std::uint64_t{1}, std::uint64_t{41}));

TEST(Whys, MeetEveryReasonAndEveryRemedy) {
  std::set<Reason> reasons;
  std::set<Remedy> remedies;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    World world(seed);
    for (int step = 0; step < 60; ++step) {
      world.go_on();
      const auto view = world.publisher.view();
      api::Explainer explainer(*view, world.state.now(), all);
      for (const JobId id : world.state.jobs().sorted_ids()) {
        const api::Why why = explainer.why_not(*view->jobs.find(id.index()), api::Explainer::Extent::all);
        for (const Blocker& blocker : why.blockers) reasons.insert(blocker.reason);
        for (const Suggestion& change : why.changes) remedies.insert(change.remedy);
      }
    }
  }
  reasons.insert(Reason::pause);    // nothing fails in these worlds: likewise
  reasons.insert(Reason::turn);     // too rare: tests/scenarios/why.txt has it
  reasons.insert(Reason::racks);    // nobody has racks: tests/scenarios/racks.txt
  reasons.insert(Reason::credits);  // nothing costs anything: src/dure/server/visibility_test.cc
  for (std::size_t i = 0; i < api::reason_count; ++i) {
    EXPECT_TRUE(reasons.contains(static_cast<Reason>(i))) << api::reason_names[i];
  }
  for (std::size_t i = 0; i < api::remedy_count; ++i) {
    EXPECT_TRUE(remedies.contains(static_cast<Remedy>(i))) << api::remedy_names[i];
  }
}

// Counts one by one what the sums of pages are to tell.
TEST(PendingOrder, IsThatOfAllJobsCountedOneByOne) {
  const PoolSpec pool{.name = "p", .gpu_model = "X", .gpus_per_node = 4, .cpu_milli = 8'000};
  State state;
  server::Publisher publisher;
  Time now;
  const auto tell = [&](Change change) {
    const Fact fact{now, std::move(change)};
    ASSERT_TRUE(state.check(fact.change));
    state.apply(fact);
    publisher.on_fact(state, fact);
  };
  tell(FleetDeclared{{.name = "f", .sites = {{.name = "s", .pools = {pool}}}}});
  tell(TenantsDeclared{{.roots = {{.name = "a"}, {.name = "b"}}}});
  tell(UserDeclared{UserId{0}, "kim"});
  Random random(7);
  for (std::uint32_t id = 1; id < 3000; ++id) {
    tell(JobSubmitted{JobId{id},
                      {.tenant = TenantId{static_cast<std::uint32_t>(random.below(2))},
                       .shape = {.per_task = {.gpu_milli = whole}},
                       .time_limit = hours(1),
                       .priority = static_cast<std::int32_t>(random.between(-1, 1))}});
    const JobId other{static_cast<std::uint32_t>(random.between(1, id))};
    const Change change =
        random.below(2) == 0 ? Change{JobHeld{other}} : Change{JobUpdated{.job = other, .priority = 2}};
    if (random.below(4) == 0 && state.check(change)) tell(change);
  }
  publisher.publish(state);
  const auto view = publisher.view();
  for (std::uint32_t id = 1; id < 3000; id += 37) {
    const api::JobRow& row = *view->jobs.find(id);
    std::uint64_t ahead = 0;
    std::uint64_t earlier = 0;
    for (const JobId other_id : state.jobs().sorted_ids()) {
      const Job& other = state.jobs()[other_id];
      if (other.state != JobState::pending || other_id == row.job.id) continue;
      earlier += other_id < row.job.id ? 1u : 0u;
      const bool goes_first =
          other.priority != row.job.priority ? other.priority > row.job.priority : other_id < row.job.id;
      ahead += other.tenant == row.job.tenant && goes_first ? 1u : 0u;
    }
    EXPECT_EQ(ahead_of(*view, row), ahead) << id;
    EXPECT_EQ(position_of(*view, row), earlier + 1) << id;
  }
}

TEST(Reasons, HaveARowEachInTheDocument) {
  const auto page = spec::read_file(DURE_SOURCE_DIR "/docs/reasons.md");
  ASSERT_TRUE(page) << page.error().message;
  for (const std::string_view name : api::reason_names) {
    EXPECT_NE(page->find(fmt::format("\n| `{}` |", name)), std::string::npos) << name;
  }
  for (const std::string_view name : api::remedy_names) {
    EXPECT_NE(page->find(fmt::format("\n| `{}` |", name)), std::string::npos) << name;
  }
}

TEST(Reasons, AreTheCodesOfTheSchema) {
  const auto codes_of = [](const char* schema) {
    const auto schemas = api::schemas();
    const auto& code = schemas.at(schema).at("properties").at("code");
    std::vector<std::string> codes;
    for (const auto& each : code.at("enum").as_array()) codes.emplace_back(each.as_string());
    return codes;
  };
  EXPECT_EQ(codes_of("Blocker"), std::vector<std::string>(api::reason_names.begin(), api::reason_names.end()));
  EXPECT_EQ(codes_of("Suggestion"), std::vector<std::string>(api::remedy_names.begin(), api::remedy_names.end()));
}

}  // namespace
}  // namespace dure
