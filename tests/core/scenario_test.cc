// Runs tests/scenarios/*.txt: commands, `----`, what must come out, an empty line. The loop, the state and the policy
// are the real ones; the engine is a small one that ends a job when the case says so, or at its time limit.
// DURE_REWRITE=1 writes what comes out into the files, to be read before it is committed.
//
//   pool P gpus=8 nodes=2 [racks= blocks= cpus= memory= reclaim_within=10m min_run=0s]
//                         `nodes` in a rack, `racks` in a block; first of all
//   tenant A/B [guarantee=P:8] [racks=P:1] [limit=P:4] [weight=2] [fairness=users] [preempt=priority]
//                         parents first; without any there is one, `all`
//   fair_evictions 2    in one pool within an hour, for fairness alone
//   reservations 1      half_life 7d      reclaim yes      defragment yes      engine slow: it answers only to
//   `started`, `fail`,
//                                                                  `stopped`, `expired`
//   submit J [tenant= user=kim gpus= tasks=2 or 2..4 cpus= memory= within=rack prefer=node segments=18:rack
//             spread=1:node pools=P,Q limit=1h runs=20m priority=0
//             window=W
//             after=ok:I or any:I or not_ok:I checkpoint=30m grace=60s requeue=no hot_swap=yes start_by=2h (from now)
//             array=I (the first of its array, perhaps J)]
//   cancel J   hold J   release J   end J   evict J   started J   fail J   stopped J   expired J
//   update J [limit= priority=]
//   drain N    resume N   lose N   return N                N is `P1` for the first node of pool P
//   window W nodes=P1,P2 from=1h until=2h (from now) [for=A (reserved for that tenant)]   close W
//   sick N gpus=1100    well N gpus=0100                   the mask of its GPUs, the first one last
//   plan                turns at the present time, until there is nothing more to say
//   advance 30m         the same at every instant until then at which a job ends or the policy wants to be asked
//   state   reservations   usage                           print what stands
//   why J [to=stranger]                                    what keeps it from starting, and what would help; a stranger
//   sees
//                                                          neither other jobs, nor what tenants hold, nor names of
//                                                          nodes
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "dure/api/why_json.h"
#include "dure/base/overload.h"
#include "dure/core/harm.h"
#include "dure/core/invariants.h"
#include "dure/policy/dure_policy.h"
#include "dure/runtime/loop.h"
#include "dure/server/publisher.h"

namespace dure {
namespace {

namespace fs = std::filesystem;

struct Command {
  std::string verb;
  std::string subject;
  std::map<std::string, std::string> keys;

  std::string text(const std::string& key, std::string otherwise = "") const {
    const auto found = keys.find(key);
    return found == keys.end() ? otherwise : found->second;
  }
  double number(const std::string& key, double otherwise) const {
    const auto found = keys.find(key);
    return found == keys.end() ? otherwise : std::stod(found->second);
  }
  std::uint32_t count(const std::string& key, std::uint32_t otherwise) const {
    return static_cast<std::uint32_t>(number(key, otherwise));
  }
  std::int64_t milli(const std::string& key, double otherwise) const {
    return static_cast<std::int64_t>(number(key, otherwise) * 1000 + 0.5);
  }
  Duration duration(const std::string& key, Duration otherwise) const {
    return keys.contains(key) ? parse_duration(keys.at(key)).value() : otherwise;
  }
};

Command parse(const std::string& line) {
  std::istringstream words(line);
  Command command;
  words >> command.verb;
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) {
      command.keys[word.substr(0, equals)] = word.substr(equals + 1);
    } else {
      command.subject = word;
    }
  }
  return command;
}

// One case: a world that does as it is told, and what it says.
class Stage final : public Inbox, public Engine, public Observer {
 public:
  void perform(const Command& command) {
    if (declare(command)) return;
    if (!loop_) begin();
    if (act(command) || show(command)) return;
    throw std::runtime_error("no such command: " + command.verb);
  }
  const std::string& said() const { return said_; }

  void drain(Time, std::vector<Change>& out) override {
    for (Change& change : arrived_) out.push_back(std::move(change));
    arrived_.clear();
  }
  void refused(std::size_t, const Change& change, const Error& error) override {
    const auto* submitted = std::get_if<JobSubmitted>(&change);
    say(fmt::format("refused{}: {}", submitted != nullptr ? " " + name_of(submitted->job) : "", error.message));
  }
  void execute(const State& state, std::span<const Decision> decisions) override {
    for (const Decision& decision : decisions) {
      if (const auto* stop = std::get_if<StopOrdered>(&decision); stop != nullptr && !slow_) {
        arrived_.push_back(Ended{.job = stop->job, .outcome = stop->outcome});
      }
      const auto* start = std::get_if<StartOrdered>(&decision);
      if (start == nullptr) continue;
      ends_at_[start->job] = state.now() + std::min(runs_[start->job], state.jobs()[start->job].time_limit);
      if (!slow_) arrived_.push_back(Started{start->job});
    }
  }
  void on_fact(const State& state, const Fact& fact) override {
    witness_.observe(state, fact);
    publisher_.on_fact(state, fact);
    std::visit(
        Overload{
            [&](const StartOrdered& c) { say("start " + name_of(c.job) + text_of(c.pool, c.allocation)); },
            [&](const ReservationMade& c) {
              say(fmt::format("promise {} at {} on{}", name_of(c.job), clock(c.from), text_of(c.pool, c.allocation)));
            },
            [&](const JobCancelled& c) { say("end " + name_of(c.job) + " " + std::string(to_text(c.outcome))); },
            [&](const StopOrdered& c) {
              say("stop " + name_of(c.job) + " " + std::string(to_text(c.outcome)) + reason(c.why));
            },
            [&](const ReservationDropped& c) { say("drop " + name_of(c.job) + " " + cause(c.cause)); },
            [&](const WindowClosed& c) {
              say("close " + state.window_name(c.window) + " " + std::string(to_text(c.cause)));
            },
            [&](const NodeDrained& c) {
              if (c.cause == DrainCause::quarantine) say("drain " + name_of(c.node) + " " + c.reason);
            },
            [&](const NodesSwapped& c) { say("swap " + name_of(c.job) + text_of(c, state)); },
            [&](const StartFailed& c) { ends_at_.erase(c.job); },
            [&](const Ended& c) {
              say("end " + name_of(c.job) + " " + std::string(to_text(c.outcome))), ends_at_.erase(c.job);
            },
            [](const auto&) {},
        },
        fact.change);
  }
  void on_turn(const State& state, bool) override { witness_.check_turn(state); }

 private:
  bool declare(const Command& c) {
    if (c.verb == "pool") {
      site_.pools.push_back({.name = c.subject,
                             .gpu_model = c.count("gpus", 0) > 0 ? "X" : "",
                             .gpus_per_node = c.count("gpus", 0),
                             .cpu_milli = c.milli("cpus", 64),
                             .memory_mib = c.count("memory", 0) * std::int64_t{1024},
                             .blocks = c.count("blocks", 1),
                             .racks_per_block = c.count("racks", 1),
                             .nodes_per_rack = c.count("nodes", 1),
                             .reclaim_within = c.duration("reclaim_within", minutes(10)),
                             .min_run_time = c.duration("min_run", {})});
      std::istringstream owners(c.text("owners"));
      for (std::string owner; std::getline(owners, owner, ',');) {
        const std::size_t colon = owner.find(':');
        site_.pools.back().owners.push_back({owner.substr(0, colon), std::stoll(owner.substr(colon + 1)) * 1000});
      }
    } else if (c.verb == "tenant") {
      add_tenant(c);
    } else if (c.verb == "reservations" && !c.subject.empty()) {
      options_.reservations = static_cast<std::uint32_t>(std::stoul(c.subject));
    } else if (c.verb == "fair_evictions") {
      options_.fair_evictions = static_cast<std::uint32_t>(std::stoul(c.subject));
    } else if (c.verb == "half_life") {
      tenants_.half_life = parse_duration(c.subject).value();
    } else if (c.verb == "order") {
      options_.order = c.subject == "shortest" ? LeafOrder::shortest : LeafOrder::oldest;
    } else if (c.verb == "reclaim") {
      options_.reclaims = true;
    } else if (c.verb == "defragment") {
      options_.defragments = true;
    } else if (c.verb == "engine") {
      slow_ = c.subject == "slow";
    } else {
      return false;
    }
    return true;
  }

  void add_tenant(const Command& c) {
    std::vector<TenantSpec>* siblings = &tenants_.roots;
    std::string name = c.subject;
    for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/')) {
      const std::string parent = name.substr(0, slash);
      siblings =
          &std::find_if(siblings->begin(), siblings->end(), [&](const auto& t) { return t.name == parent; })->children;
      name = name.substr(slash + 1);
    }
    TenantSpec tenant{.name = name, .weight = c.count("weight", 1)};
    if (c.keys.contains("fairness")) tenant.fairness = c.text("fairness") == "users" ? Fairness::users : Fairness::none;
    if (c.text("preempt") == "priority") tenant.preempt = Preempt::priority;
    std::map<std::string, QuotaSpec> quotas;
    for (const std::string kind : {"guarantee", "limit", "racks"}) {
      std::istringstream list(c.text(kind));
      for (std::string quota; std::getline(list, quota, ',');) {
        const std::string pool = "s/" + quota.substr(0, quota.find(':'));
        quotas[pool].pool = pool;
        const double number = std::stod(quota.substr(quota.find(':') + 1));
        const auto milli = static_cast<std::int64_t>(number * 1000 + 0.5);
        if (kind == "guarantee") quotas[pool].guarantee_milli = milli;
        if (kind == "limit") quotas[pool].limit_milli = milli;
        if (kind == "racks") quotas[pool].racks = static_cast<std::uint32_t>(number);
      }
    }
    for (auto& [pool, quota] : quotas) tenant.quotas.push_back(quota);
    siblings->push_back(tenant);
  }

  void begin() {
    if (tenants_.roots.empty()) tenants_.roots.push_back({.name = "all"});
    policy_.emplace(options_);
    loop_.emplace(state_, *policy_, *this, journal_, *this);
    loop_->add_observer(*this);
    for (Change change : {Change(FleetDeclared{{.name = "f", .sites = {site_}}}), Change(TenantsDeclared{tenants_}),
                          Change(UserDeclared{UserId{0}, "kim"}), Change(UserDeclared{UserId{1}, "lee"}),
                          Change(UserDeclared{UserId{2}, "park"})}) {
      const Fact fact{now_, std::move(change)};
      state_.apply(fact);
      policy_->observe(state_, fact);
      publisher_.on_fact(state_, fact);
    }
  }

  bool act(const Command& c) {
    if (c.verb == "submit")
      submit(c);
    else if (c.verb == "hold")
      tell(JobHeld{job(c)});
    else if (c.verb == "release")
      tell(JobReleased{job(c)});
    else if (c.verb == "end")
      tell(Ended{job(c), Outcome::completed});
    else if (c.verb == "started")
      tell(Started{job(c)});
    else if (c.verb == "fail")
      tell(StartFailed{job(c)});
    else if (c.verb == "stopped")
      tell(Ended{.job = job(c), .outcome = is_moving(job(c)) ? Outcome::node_lost : Outcome::evicted});
    else if (c.verb == "expired")
      tell(Ended{.job = job(c), .outcome = Outcome::expired});
    else if (c.verb == "update")
      update(c);
    else if (c.verb == "evict")
      stop(job(c), Outcome::evicted);
    else if (c.verb == "cancel")
      cancel(job(c));
    else if (c.verb == "drain")
      tell(NodeDrained{node(c)});
    else if (c.verb == "resume")
      tell(NodeResumed{node(c)});
    else if (c.verb == "return")
      tell(NodeReturned{node(c)});
    else if (c.verb == "sick")
      tell(DevicesFailed{node(c), std::stoull(c.text("gpus"), nullptr, 2), "it fell off the bus"});
    else if (c.verb == "well")
      tell(DevicesReturned{node(c), std::stoull(c.text("gpus"), nullptr, 2)});
    else if (c.verb == "lose")
      lose(node(c));
    else if (c.verb == "window")
      open(c);
    else if (c.verb == "close")
      tell(WindowClosed{window_ids_.at(c.subject), CloseCause::withdrawn});
    else if (c.verb == "rates")
      rates(c);
    else if (c.verb == "programme")
      programme(c);
    else if (c.verb == "grant")
      grant(c);
    else if (c.verb == "refund")
      book(ledger::CreditsRefunded{grant_of(c), credits(c, "credits"), "asked", UserId{0}});
    else if (c.verb == "close_grant")
      book(ledger::GrantClosed{grant_of(c), "asked", UserId{0}});
    else if (c.verb == "appeal")
      book(ledger::AppealFiled{grant_of(c), "a move", UserId{0}});
    else if (c.verb == "decide_appeal")
      book(ledger::AppealDecided{grant_of(c), c.text("as") == "granted", "seen", UserId{1}});
    else if (c.verb == "plan")
      turns();
    else if (c.verb == "advance")
      advance(parse_duration(c.subject).value());
    else
      return false;
    return true;
  }

  bool show(const Command& c) {
    if (c.verb == "reservations") {
      for (const auto& [id, reservation] : state_.reservations()) {
        said_ += fmt::format("{} from {} on{}\n", name_of(id), clock(reservation.from),
                             text_of(reservation.pool, reservation.allocation));
      }
    } else if (c.verb == "usage") {
      for (std::size_t t = 0; t < state_.tenants().size(); ++t) {
        for (std::size_t p = 0; p < site_.pools.size(); ++p) {
          const UsageAccount& account = state_.usage(id_of<TenantTag>(t), id_of<PoolTag>(p));
          said_ += fmt::format("{} holds {} of {}\n", state_.tenants()[id_of<TenantTag>(t)].path,
                               static_cast<double>(account.held_milli) / 1000, site_.pools[p].name);
        }
      }
    } else if (c.verb == "state") {
      for (JobId id : state_.jobs().sorted_ids()) {
        const Job& job = state_.jobs()[id];
        said_ += fmt::format("{} {}{}", name_of(id), to_text(job.state), text_of(job.pool, job.allocation));
        if (job.failures > 0) said_ += fmt::format(", failures {}", job.failures);
        if (job.not_before > now_) said_ += fmt::format(", not before {}", clock(job.not_before));
        said_ += "\n";
      }
    } else if (c.verb == "credits") {
      show_credits();
    } else if (c.verb == "grants") {
      show_grants();
    } else if (c.verb == "loans") {
      show_loans();
    } else if (c.verb == "why") {
      why(job(c), c.text("to") == "stranger");
    } else {
      return false;
    }
    return true;
  }

  void book(ledger::Change change) { tell(Booked{std::move(change)}); }

  static ledger::Micro credits(const Command& c, const std::string& key, const std::string& otherwise = "0") {
    return static_cast<ledger::Micro>(std::stod(c.text(key, otherwise)) * ledger::credit + 0.5);
  }

  // For a GPU of each pool; in a pool without them for a CPU.
  void rates(const Command& c) {
    book(ledger::RatesDeclared{
        now_ + c.duration("from", {}), {}, {{"X", credits(c, "gpu")}, {"cpu", credits(c, "cpu")}}});
  }

  void programme(const Command& c) {
    ledger::Programme declared{.name = c.subject, .tenant = c.text("tenant")};
    const std::string overrun = c.text("overrun", "refuse");
    declared.overrun = overrun == "finish"   ? ledger::Overrun::finish
                       : overrun == "borrow" ? ledger::Overrun::borrow
                       : overrun == "refuse" ? ledger::Overrun::refuse
                                             : ledger::Overrun::debt;
    if (declared.overrun == ledger::Overrun::debt) declared.debt = credits(c, "overrun");
    declared.is_emergency = c.text("emergency") == "yes";
    if (c.keys.contains("hours")) {
      const std::string hours = c.text("hours");  // 8-18
      declared.hours = {static_cast<std::uint32_t>(std::stoul(hours)) * 60,
                        static_cast<std::uint32_t>(std::stoul(hours.substr(hours.find('-') + 1))) * 60};
    }
    if (c.text("isolation") == "gpu") declared.isolation = ledger::Isolation::gpu;
    if (c.text("isolation") == "node") declared.isolation = ledger::Isolation::node;
    if (c.keys.contains("least")) {
      declared.use.push_back({.at_percent = c.count("at", 50),
                              .least_percent = c.count("least", 40),
                              .second_notice = c.duration("second", days(7)),
                              .appeal = c.duration("appeal", days(14))});
    }
    book(ledger::ProgrammeDeclared{std::move(declared), UserId{0}});
  }

  void grant(const Command& c) {
    const ledger::LotSpec lot{now_ + c.duration("from", {}), now_ + c.duration("until", days(30)),
                              credits(c, "credits")};
    ledger::GrantAwarded awarded{.grant = id_of<GrantTag>(grants_.size()),
                                 .programme = c.text("programme", "p"),
                                 .tenant = c.text("tenant"),
                                 .cards = c.count("cards", 0),
                                 .lots = {lot},
                                 .application = {},
                                 .why = "asked",
                                 .by = UserId{0}};
    if (c.keys.contains("kind")) awarded.kinds.push_back(c.text("kind"));
    grants_[c.subject] = awarded.grant;
    book(std::move(awarded));
  }

  GrantId grant_of(const Command& c) const { return grants_.at(c.subject); }

  static std::string in_credits(ledger::Micro micro) { return fmt::format("{:g}", static_cast<double>(micro) / 1e6); }

  void show_credits() {
    for (const ledger::Account& account : state_.ledger().accounts()) {
      ledger::Micro held = account.purse.line[ledger::Place::held];
      for (const ledger::Lot& lot : account.purse.lots) held += lot[ledger::Place::held];
      ledger::MonthLine sum;
      std::array<ledger::Micro, ledger::waivers> waived{};
      for (const ledger::MonthLine& month : account.months) {
        sum.charged += month.charged;
        sum.lapsed += month.lapsed;
        for (const ledger::PoolLine& pool : month.pools) {
          for (std::size_t i = 0; i < waived.size(); ++i) waived[i] += pool.waived[i];
        }
      }
      said_ += fmt::format("{}: has {}, holds {}, charged {}", account.path, in_credits(account.balance()),
                           in_credits(held), in_credits(sum.charged));
      if (sum.lapsed != 0) said_ += ", lapsed " + in_credits(sum.lapsed);
      for (std::size_t i = 0; i < waived.size(); ++i) {
        if (waived[i] != 0)
          said_ += fmt::format(", {} {}", to_text(static_cast<ledger::Waiver>(i)), in_credits(waived[i]));
      }
      said_ += "\n";
    }
    for (const std::string& violation : state_.ledger().violations()) said_ += "WRONG " + violation + "\n";
  }

  void show_grants() {
    for (const auto& [name, id] : grants_) {
      for (const ledger::Step& step : state_.ledger().grants()[id.index()].steps) {
        said_ += fmt::format("{} {} {}\n", name, clock(step.at), step.text);
      }
    }
  }

  void show_loans() {
    const ledger::Ledger& book = state_.ledger();
    for (const ledger::Loan& loan : book.loans(now_)) {
      said_ += fmt::format("{} to {} in {}: {:g} GPU hours, {}", book.parties()[loan.lender],
                           book.parties()[loan.borrower], book.pools()[loan.pool].path,
                           static_cast<double>(loan.used) / 1000 / hours(1).ns, to_text(loan.reason));
      if (loan.reclaims.times > 0) {
        said_ += fmt::format(", taken back {} times, {} late, at most {}", loan.reclaims.times, loan.reclaims.late,
                             to_text(loan.reclaims.longest));
      }
      said_ += "\n";
    }
  }

  void open(const Command& c) {
    const WindowId id{next_window_++};
    window_ids_.emplace(c.subject, id);
    Window window{.id = id,
                  .name = c.subject,
                  .from = now_ + c.duration("from", {}),
                  .until = now_ + c.duration("until", hours(1))};
    std::istringstream nodes(c.text("nodes"));
    for (std::string name; std::getline(nodes, name, ',');) {
      window.nodes.push_back(node(Command{.verb = "", .subject = name, .keys = {}}));
    }
    if (c.keys.contains("for")) {
      window.purpose = WindowPurpose::reserved;
      window.tenant = tenant(c.text("for"));
    }
    tell(WindowOpened{std::move(window)});
  }

  void why(JobId id, bool is_blind) {
    publisher_.publish(state_);
    const auto view = publisher_.view();
    const api::Sees sees{.use = [=](TenantId) { return !is_blind; },
                         .job = [=](const api::JobRow&) { return !is_blind; },
                         .nodes = !is_blind};
    const api::Why why =
        api::Explainer(*view, now_, sees).why_not(*view->jobs.find(id.index()), api::Explainer::Extent::all);
    for (const api::Blocker& blocker : why.blockers) {
      const std::string pool = blocker.pool ? " " + view->fleet->pool(*blocker.pool).spec.name : "";
      said_ += fmt::format("{} {}{}: {}\n", name_of(id), to_text(blocker.reason), pool, sentence(*view, blocker));
    }
    for (const api::Suggestion& change : why.changes) {
      said_ += fmt::format("{} + {}: {}\n", name_of(id), to_text(change.remedy), sentence(*view, change, id));
    }
  }

  void submit(const Command& c) {
    const JobId id{next_job_++};
    names_[id] = c.subject;
    ids_[c.subject] = id;
    Shape shape{.per_task = {.gpu_milli = c.milli("gpus", 0),
                             .cpu_milli = c.milli("cpus", 0),
                             .memory_mib = c.count("memory", 0) * std::int64_t{1024}}};
    const std::string tasks = c.text("tasks", "1");
    const std::size_t dots = tasks.find("..");
    shape.tasks_min = static_cast<std::uint32_t>(std::stoul(tasks));
    shape.tasks_max =
        dots == std::string::npos ? shape.tasks_min : static_cast<std::uint32_t>(std::stoul(tasks.substr(dots + 2)));
    shape.within = level(c.text("within", "site"));
    shape.prefer = level(c.text("prefer", "site"));
    // A number and a level.
    const auto rule = [&](const std::string& key) {
      const std::string text = c.text(key);
      const std::size_t colon = text.find(':');
      return std::pair(static_cast<std::uint32_t>(std::stoul(text)), level(text.substr(colon + 1)));
    };
    if (c.keys.contains("window")) shape.window = window_ids_.at(c.text("window"));
    if (c.keys.contains("segments")) std::tie(shape.segments.of, shape.segments.within) = rule("segments");
    if (c.keys.contains("spread")) std::tie(shape.spread.most, shape.spread.over) = rule("spread");
    std::istringstream pools(c.text("pools"));
    for (std::string pool; std::getline(pools, pool, ',');) shape.pools.push_back(pool_of(pool));
    std::sort(shape.pools.begin(), shape.pools.end());
    JobSpec spec{.name = c.subject,
                 .tenant = tenant(c.text("tenant")),
                 .user = user(c.text("user", "kim")),
                 .shape = shape,
                 .time_limit = c.duration("limit", hours(1)),
                 .priority = static_cast<std::int32_t>(c.number("priority", 0))};
    if (const std::string after = c.text("after"); !after.empty()) {
      static const std::map<std::string, After> kinds{
          {"ok", After::ok}, {"any", After::any}, {"not_ok", After::not_ok}};
      const std::size_t colon = after.find(':');
      spec.after.push_back({kinds.at(after.substr(0, colon)), ids_.at(after.substr(colon + 1))});
    }
    if (c.keys.contains("checkpoint")) {
      spec.checkpoint = Checkpoint{.every = c.duration("checkpoint", {}), .grace = c.duration("grace", seconds(60))};
    }
    if (c.keys.contains("array")) spec.array = ArrayMember{.array = ids_.at(c.text("array")), .index = id.value};
    spec.requeues = c.text("requeue") != "no";
    spec.hot_swap = c.text("hot_swap") == "yes";
    if (c.keys.contains("start_by")) spec.start_by = now_ + c.duration("start_by", {});
    runs_[id] = c.duration("runs", spec.time_limit);
    tell(JobSubmitted{id, spec});
  }

  static Level level(std::string_view name) {
    const auto found = std::find(level_names.begin(), level_names.end(), name);
    if (found == level_names.end()) throw std::runtime_error("no such level: " + std::string(name));
    return static_cast<Level>(found - level_names.begin());
  }

  void update(const Command& c) {
    JobUpdated change{.job = job(c)};
    if (c.keys.contains("limit")) change.time_limit = c.duration("limit", {});
    if (c.keys.contains("priority")) change.priority = static_cast<std::int32_t>(c.number("priority", 0));
    tell(change);
  }

  // The only leaf there is, or the one of that path.
  TenantId tenant(const std::string& path) const {
    if (!path.empty()) return state_.tenants().find(path).value();
    for (std::size_t t = 0; t < state_.tenants().size(); ++t) {
      if (state_.tenants()[id_of<TenantTag>(t)].children.empty()) return id_of<TenantTag>(t);
    }
    throw std::runtime_error("no tenant");
  }

  UserId user(const std::string& name) const {
    const auto found = std::find(state_.users().begin(), state_.users().end(), name);
    if (found == state_.users().end()) throw std::runtime_error("no such user: " + name);
    return UserId{static_cast<std::uint32_t>(found - state_.users().begin())};
  }

  bool is_moving(JobId id) const { return state_.jobs()[id].stop_ordered == Outcome::node_lost; }
  void tell(Change change) { arrived_.push_back(std::move(change)); }
  void stop(JobId id, Outcome outcome) {
    tell(StopOrdered{id, outcome});
    if (!slow_) tell(Ended{.job = id, .outcome = outcome});
  }
  void cancel(JobId id) {
    const Job* job = state_.jobs().find(id);
    if (job != nullptr && job->holds_devices()) return stop(id, Outcome::cancelled);
    tell(JobCancelled{id});
  }
  void lose(NodeId node) {
    tell(NodeLost{node});
    for (JobId id : state_.jobs().sorted_ids()) {
      const Allocation& allocation = state_.jobs()[id].allocation;
      const bool hit = std::any_of(allocation.begin(), allocation.end(), [&](const auto& p) { return p.node == node; });
      if (hit && !state_.jobs()[id].may_swap()) tell(Ended{id, Outcome::node_lost});
    }
  }

  void turns() {
    std::optional<Time> wakeup;
    int count = 0;
    do {
      if (++count > 50) throw std::runtime_error("the policy never comes to rest");
      wakeup = loop_->turn(now_);
    } while (wakeup == now_ || !arrived_.empty());
    wakeup_ = wakeup;
    check_rest();
  }

  // Whenever nothing more happens, the witness is content and a policy made from the state alone has nothing to add.
  void check_rest() {
    witness_.check_all(state_);
    for (; shown_violations_ < witness_.messages().size(); ++shown_violations_) {
      say("VIOLATION " + witness_.messages()[shown_violations_]);
    }
    DurePolicy fresh(options_);
    fresh.rebuild(state_);
    std::vector<Decision> overlooked;
    fresh.plan(state_, now_, overlooked);
    if (!overlooked.empty()) say("VIOLATION a rebuilt policy would decide more");
  }

  void advance(Duration duration) {
    const Time until = now_ + duration;
    for (;;) {
      Time next = until;
      for (const auto& [job, end] : ends_at_) next = std::min(next, end);
      if (wakeup_) next = std::min(next, *wakeup_);
      if (next > until) break;
      now_ = next;
      for (const auto& [job, end] : ends_at_) {
        if (end > now_) continue;
        const bool in_time = runs_[job] < state_.jobs()[job].time_limit;
        tell(Ended{job, in_time ? Outcome::completed : Outcome::timed_out});
      }
      turns();
      if (next == until) break;
    }
  }

  void say(const std::string& what) { said_ += clock(now_) + " " + what + "\n"; }
  static std::string clock(Time time) { return to_text(time - Time{}); }
  static std::string cause(DropCause cause) {
    switch (cause) {
      case DropCause::node_gone: return "node_gone";
      case DropCause::limit: return "limit";
      case DropCause::improved: return "improved";
      case DropCause::job_gone: return "job_gone";
      case DropCause::reclaimed: return "reclaimed";
      case DropCause::window: return "window";
      case DropCause::preempted: return "preempted";
    }
    return "?";
  }
  // For whom, by what right, and the GPU-seconds at stake.
  std::string reason(const StopReason& why) const {
    if (why == StopReason{}) return "";
    return fmt::format(" for {} by {} at {}", why.beneficiary ? name_of(*why.beneficiary) : "nobody",
                       to_text(why.cause), why.cost_s);
  }
  std::string name_of(JobId id) const { return names_.at(id); }
  std::string name_of(NodeId id) const {
    const Pool& pool = state_.fleet().pool(state_.fleet().pool_of(id));
    return fmt::format("{}{}", pool.spec.name, id.value - pool.first_node.value + 1);
  }
  std::string text_of(PoolId pool, const Allocation& allocation) const {
    std::string text;
    for (const Placement& placement : allocation) {
      text += " " + name_of(placement.node);
      if (state_.fleet().pool_of(placement.node) != pool) text += "(WRONG POOL)";
      if (placement.gpus == 0) {
        text += fmt::format("x{}", placement.tasks);
        continue;
      }
      std::string devices;
      for (std::uint32_t first = 0; first < 64; ++first) {
        if ((placement.gpus >> first & 1) == 0) continue;
        std::uint32_t last = first;
        while (last < 63 && (placement.gpus >> (last + 1) & 1) != 0) ++last;
        devices += fmt::format("{}{}", devices.empty() ? "" : ",", first);
        if (last > first) devices += fmt::format("-{}", last);
        first = last;
      }
      text += ":" + devices;
      if (placement.gpu_milli != whole) text += fmt::format("@{}", placement.gpu_milli);
    }
    return text;
  }
  std::string text_of(const NodesSwapped& swap, const State& state) const {
    const Job& former = state.departed();
    const Wide lost_s = harm_of(state, former, now_).lost / seconds(1).ns / whole;
    return fmt::format("{} for{} at {}", text_of(former.pool, part_on(former.allocation, swap.from)),
                       text_of(former.pool, swap.to), static_cast<std::uint64_t>(lost_s));
  }
  JobId job(const Command& c) const { return ids_.at(c.subject); }
  PoolId pool_of(const std::string& name) const { return state_.fleet().find_pool("s/" + name).value(); }
  NodeId node(const Command& c) const {
    const std::size_t digits = c.subject.find_first_of("0123456789");
    const Pool& pool = state_.fleet().pool(pool_of(c.subject.substr(0, digits)));
    return NodeId{pool.first_node.value + static_cast<std::uint32_t>(std::stoul(c.subject.substr(digits))) - 1};
  }

  SiteSpec site_{.name = "s"};
  TenantsSpec tenants_;
  DureOptions options_;
  bool slow_ = false;
  State state_;
  std::optional<DurePolicy> policy_;
  NoJournal journal_;
  std::optional<Loop> loop_;
  server::Publisher publisher_;
  Invariants witness_;
  std::size_t shown_violations_ = 0;
  Time now_;
  std::optional<Time> wakeup_;
  std::vector<Change> arrived_;
  std::uint32_t next_window_ = 0;
  std::map<std::string, WindowId> window_ids_;
  std::map<std::string, GrantId> grants_;
  std::uint32_t next_job_ = 1;
  std::map<JobId, std::string> names_;
  std::map<std::string, JobId> ids_;
  std::map<JobId, Duration> runs_;
  std::map<JobId, Time> ends_at_;
  std::string said_;
};

struct Case {
  std::string input;  // comments and commands, as written
  std::string expected;
};

std::vector<Case> read_cases(const fs::path& path) {
  std::ifstream file(path);
  std::vector<Case> cases;
  Case next;
  bool answers = false;
  const auto finish = [&] {
    if (!next.input.empty()) cases.push_back(std::move(next));
    next = {};
    answers = false;
  };
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) {
      finish();
    } else if (line == "----") {
      answers = true;
    } else {
      (answers ? next.expected : next.input) += line + "\n";
    }
  }
  finish();
  return cases;
}

std::string run(const Case& c) {
  Stage stage;
  std::istringstream lines(c.input);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) stage.perform(parse(line));
  }
  return stage.said();
}

// Both texts line by line, with what is missing marked `-` and what is new marked `+`.
std::string difference(const std::string& expected, const std::string& actual) {
  const auto lines = [](const std::string& text) {
    std::vector<std::string> result;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) result.push_back(line);
    return result;
  };
  const auto theirs = lines(expected);
  const auto ours = lines(actual);
  std::string text;
  std::size_t a = 0;
  for (const std::string& line : ours) {
    const auto found = std::find(theirs.begin() + static_cast<std::ptrdiff_t>(a), theirs.end(), line);
    if (found == theirs.end()) {
      text += "  + " + line + "\n";
      continue;
    }
    for (; theirs.begin() + static_cast<std::ptrdiff_t>(a) != found; ++a) text += "  - " + theirs[a] + "\n";
    text += "    " + line + "\n";
    ++a;
  }
  for (; a < theirs.size(); ++a) text += "  - " + theirs[a] + "\n";
  return text;
}

std::vector<std::string> files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(DURE_SCENARIOS)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Scenarios : public testing::TestWithParam<std::string> {};

TEST_P(Scenarios, ComeOutAsWritten) {
  const fs::path path = fs::path(DURE_SCENARIOS) / (GetParam() + ".txt");
  const std::vector<Case> cases = read_cases(path);
  ASSERT_FALSE(cases.empty());
  std::string rewritten;
  for (const Case& c : cases) {
    const std::string actual = run(c);
    EXPECT_EQ(actual.find("VIOLATION"), std::string::npos) << c.input << "----\n" << actual;
    rewritten += (rewritten.empty() ? "" : "\n") + c.input + "----\n" + actual;
    if (std::getenv("DURE_REWRITE") == nullptr && actual != c.expected) {
      ADD_FAILURE() << path.filename().string() << ":\n" << c.input << "----\n" << difference(c.expected, actual);
    }
  }
  if (std::getenv("DURE_REWRITE") != nullptr) std::ofstream(path, std::ios::binary) << rewritten;
}

INSTANTIATE_TEST_SUITE_P(All, Scenarios, testing::ValuesIn(files()), [](const auto& param) {
  std::string name = param.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace dure
