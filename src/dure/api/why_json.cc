#include "dure/api/why_json.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <string_view>

#include "dure/api/job_json.h"
#include "dure/fleet/folded_nodes.h"
#include "dure/spec/ledger_reader.h"

namespace dure::api {
namespace {

namespace json = boost::json;

// What the amounts of a blocker count.
std::string_view unit_in(const View& view, const Blocker& blocker) {
  if (blocker.reason == Reason::cpus) return "CPUs";
  if (blocker.reason == Reason::memory) return "MiB";
  return unit_of(view.fleet->pool(*blocker.pool));
}

json::value amount_in(std::int64_t amount, std::string_view unit) {
  return unit == "MiB" ? json::value(amount) : amount_json(amount);
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string amount_text(std::int64_t amount, std::string_view unit) {
  if (unit == "MiB") return fmt::format("{} MiB", amount);
  const double number = static_cast<double>(amount) / static_cast<double>(whole);
  return fmt::format("{:.10g} {}", number, number == 1 ? unit.substr(0, unit.size() - 1) : unit);
}

// `1 GPU is`, `3 GPUs are`.
std::string are_text(std::int64_t amount, std::string_view unit) {
  return fmt::format("{} {}", amount_text(amount, unit), unit != "MiB" && amount == whole ? "is" : "are");
}

std::string end_text(const Dependency& dependency) {
  const std::uint32_t job = dependency.job.value;
  switch (dependency.kind) {
    case After::ok: return fmt::format("job {} completes", job);
    case After::any: return fmt::format("job {} ends", job);
    case After::not_ok: return fmt::format("job {} fails", job);
    case After::array_ok: return fmt::format("all jobs of array {} complete", job);
    case After::array_any: return fmt::format("all jobs of array {} end", job);
    case After::array_not_ok: return fmt::format("all jobs of array {} end and one of them fails", job);
  }
  return {};
}

std::string tasks_text(const Blocker& blocker) {
  if (*blocker.tasks == 1) return "it does not fit";
  return fmt::format("{} of its {} tasks fit{}", *blocker.tasks_fit, *blocker.tasks,
                     *blocker.tasks_fit == 1 ? "s" : "");
}

std::string down_text(const Blocker& blocker) {
  const auto are = [](std::uint64_t count) { return count == 1 ? "is" : "are"; };
  const std::uint64_t sick = blocker.sick_gpus.value_or(0);
  std::string text;
  if (*blocker.drained > 0)
    text = fmt::format("{} {} drained", counted(*blocker.drained, "node"), are(*blocker.drained));
  if (*blocker.lost > 0) {
    text += text.empty() ? counted(*blocker.lost, "node") : fmt::format(" and {}", *blocker.lost);
    text += fmt::format(" {} lost", are(*blocker.lost));
  }
  if (sick > 0) text += fmt::format("{}{} failed", text.empty() ? "" : " and ", counted(sick, "GPU"));
  const std::string them = *blocker.drained + *blocker.lost + sick == 1 ? "it" : "them";
  return text +
         (*blocker.fits_with_them ? "; with " + them + " it would fit" : "; it would not fit with " + them + " either");
}

std::string limit_text(const View& view, const Blocker& blocker) {
  if (!blocker.tenant) return "a limit of its tenant, or of one above it, leaves too little room";
  const std::string_view unit = unit_in(view, blocker);
  return fmt::format("tenant {} may hold {} and holds {}; the job needs {}", (*view.tenants)[*blocker.tenant].path,
                     amount_text(*blocker.limit, unit), amount_text(*blocker.held, unit),
                     amount_text(*blocker.wanted, unit));
}

std::string credits_text(const View& view, const Blocker& blocker) {
  if (!blocker.tenant)
    return "its tenant has too few credits left for what it may cost, or as many cards as it may have";
  const std::string costs = spec::credits_text(*blocker.cost);
  const std::string free = spec::credits_text(*blocker.credits);
  const std::string& tenant = (*view.tenants)[*blocker.tenant].path;
  if (*blocker.cost > *blocker.credits) {
    return fmt::format("it may cost {} credits and tenant {} has {} free; dure statement {} says where they are", costs,
                       tenant, free, tenant);
  }
  return fmt::format(
      "it may cost {} of {} credits, and tenant {} has as many cards as it may have at once, or may not "
      "use them at this hour; dure grants list {} has its grants",
      costs, free, tenant, tenant);
}

std::string guarantee_text(const View& view, const Blocker& blocker) {
  constexpr std::string_view so = "so it takes nothing back from who has borrowed";
  if (!blocker.tenant) return fmt::format("with it its tenants would hold more than is guaranteed to them, {}", so);
  const std::string_view unit = unit_in(view, blocker);
  return fmt::format("tenant {} is guaranteed {} and holds {}; with the job it would hold more, {}",
                     (*view.tenants)[*blocker.tenant].path, amount_text(*blocker.guarantee, unit),
                     amount_text(*blocker.held, unit), so);
}

std::string fences_text(const View& view, const Blocker& blocker) {
  const std::string whom = blocker.job ? fmt::format("to job {}", blocker.job->value) : "to another";
  return fmt::format("{} promised to {}, first {} from {} on; {} beside that, and it may run for {}",
                     are_text(*blocker.promised, unit_in(view, blocker)), counted(*blocker.promises, "job"), whom,
                     to_text(*blocker.from), tasks_text(blocker), to_text(*blocker.time_limit));
}

std::string window_text(const Blocker& blocker) {
  const std::string from = to_text(*blocker.from);
  const std::string until = to_text(*blocker.until);
  if (!blocker.pool) {
    return fmt::format("it names window {}, which is open from {} to {}, and it may run for {}", blocker.window, from,
                       until, to_text(*blocker.time_limit));
  }
  const std::string name = blocker.window.empty() ? "" : fmt::format(" (window {})", blocker.window);
  return fmt::format("nodes are kept free from {} to {}{}; {} on the others, and it may run for {}", from, until, name,
                     tasks_text(blocker), to_text(*blocker.time_limit));
}

std::string shortage_text(const View& view, const Blocker& blocker) {
  const std::string_view unit = unit_in(view, blocker);
  const std::string fit = tasks_text(blocker) + " beside what runs there";
  const std::string wanted = amount_text(*blocker.wanted, unit);
  const std::string free = are_text(*blocker.free, unit) + " free";
  if (blocker.reason == Reason::devices) return fmt::format("it needs {} and {}; {}", wanted, free, fit);
  if (blocker.reason == Reason::fragments) {
    return fmt::format("it needs {} and {}, but too few of them together; {}", wanted, free, fit);
  }
  return fmt::format("a task needs {}; {}, and {} with devices for a task {} fewer; {}", wanted, free,
                     counted(*blocker.nodes, "node"), *blocker.nodes == 1 ? "has" : "have", fit);
}

// By what others are evicted for it.
std::string_view right_text(Promise promise) {
  switch (promise) {
    case Promise::reclaim: return "it is within a guarantee";
    case Promise::preempt: return "its priority is higher";
    case Promise::fairness: return "its tenant has had less than its part";
    case Promise::backfill:
    case Promise::keep:
    case Promise::move:
    case Promise::defragment: return "";  // nobody is
  }
  return "";
}

std::string resume_text(const View& view, const Suggestion& change) {
  if (change.nodes.empty()) {
    return fmt::format("{} in {} would make room; ask an operator when they are resumed",
                       counted(*change.count, "drained node"), view.fleet->pool(*change.pool).path);
  }
  Allocation nodes;
  for (const NodeId node : change.nodes) nodes.push_back({.node = node, .tasks = 1});
  return "resume what is drained: " + folded_nodes(*view.fleet, nodes);
}

std::string after_text(const View& view, const Suggestion& change) {
  std::string jobs;
  for (const JobId job : change.jobs) jobs += fmt::format("{}{}", jobs.empty() ? " " : ", ", job.value);
  if (jobs.empty()) jobs = fmt::format(" {}", *change.count == 1 ? "another" : "others");
  if (!change.jobs.empty() && *change.count > change.jobs.size()) jobs += " and others";
  return fmt::format("wait for the end of {}{} in {}, at {} at the latest", *change.count == 1 ? "job" : "jobs", jobs,
                     view.fleet->pool(*change.pool).path, to_text(*change.at));
}

// As options and documents take it.
json::array ids_json(const std::vector<JobId>& jobs) {
  json::array out;
  for (const JobId job : jobs) out.emplace_back(job.value);
  return out;
}

}  // namespace

std::string sentence(const View& view, const Blocker& blocker) {
  switch (blocker.reason) {
    case Reason::held: return "it is held by its user";
    case Reason::hopeless: return "a job it comes after has ended in another way: it will never start";
    case Reason::dependency: return fmt::format("it starts when {}", end_text(*blocker.after));
    case Reason::pause: return fmt::format("its starts keep failing: it pauses until {}", to_text(*blocker.from));
    case Reason::limit: return limit_text(view, blocker);
    case Reason::eviction:
      return fmt::format("it is promised a start by {}, as {}: {} being given back there", to_text(*blocker.from),
                         right_text(blocker.promise), are_text(*blocker.leaving, unit_in(view, blocker)));
    case Reason::promise:
      return fmt::format("it is promised a start by {}{}", to_text(*blocker.from),
                         blocker.promise == Promise::defragment ? ": what runs there is being moved elsewhere" : "");
    case Reason::devices:
    case Reason::fragments:
    case Reason::cpus:
    case Reason::memory: return shortage_text(view, blocker);
    case Reason::domain:
      return fmt::format("the best {} has room for {} of its {}", to_text(*blocker.within), *blocker.tasks_fit,
                         counted(*blocker.tasks, "task"));
    case Reason::layout:
      return fmt::format("as its segments or its spread ask for it, its {}s have room for {} of its {}",
                         to_text(*blocker.within), *blocker.tasks_fit, counted(*blocker.tasks, "task"));
    case Reason::down: return down_text(blocker);
    case Reason::window: return window_text(blocker);
    case Reason::fences: return fences_text(view, blocker);
    case Reason::guarantee: return guarantee_text(view, blocker);
    case Reason::order:
      if (blocker.takes_turns) {
        return fmt::format("{} of its tenant {} ahead of it by priority and age; of one priority users take turns",
                           counted(*blocker.ahead, "job"), *blocker.ahead == 1 ? "is" : "are");
      }
      return fmt::format("{} of its tenant {} before it", counted(*blocker.ahead, "job"),
                         *blocker.ahead == 1 ? "goes" : "go");
    case Reason::racks:
      return fmt::format(
          "more is free in racks that are kept for others, who could not have them back in time; {} in "
          "other racks",
          tasks_text(blocker));
    case Reason::credits: return credits_text(view, blocker);
    case Reason::turn: return "what it asks for is free; a job before it, or the next plan, decides";
  }
  return {};
}

std::string sentence(const View& view, const Suggestion& change, JobId job) {
  const auto pool = [&] { return view.fleet->pool(*change.pool).path; };
  switch (change.remedy) {
    case Remedy::release: return fmt::format("release it: dure release {}", job.value);
    case Remedy::resubmit: return fmt::format("cancel it and submit it again: dure cancel {}", job.value);
    case Remedy::shorter:
      return fmt::format("a time limit of at most {} in {}: dure update {} --time {}", to_text(*change.time_limit),
                         pool(), job.value, to_text(*change.time_limit));
    case Remedy::wider: return fmt::format("ask for `within: {}` in {}", to_text(*change.within), pool());
    case Remedy::fewer_tasks: return fmt::format("ask for {} in {}", counted(*change.tasks, "task"), pool());
    case Remedy::other_pool: return fmt::format("name pool {} too", pool());
    case Remedy::resume: return resume_text(view, change);
    case Remedy::after: return after_text(view, change);
  }
  return {};
}

json::object to_json(const View& view, const Blocker& blocker) {
  json::object out{{"code", to_text(blocker.reason)}, {"detail", sentence(view, blocker)}};
  const auto put = [&](const char* key, const auto& value) {
    if (value) out[key] = *value;
  };
  if (blocker.pool) out["pool"] = view.fleet->pool(*blocker.pool).path;
  if (blocker.tenant) out["tenant"] = (*view.tenants)[*blocker.tenant].path;
  if (blocker.after) out["after"] = dependency_json(*blocker.after);
  if (blocker.job) out["job"] = blocker.job->value;
  if (blocker.within) out["within"] = to_text(*blocker.within);
  if (blocker.wanted || blocker.promised || blocker.leaving) out["unit"] = unit_in(view, blocker);
  const auto put_amount = [&](const char* key, const std::optional<std::int64_t>& amount) {
    if (amount) out[key] = amount_in(*amount, unit_in(view, blocker));
  };
  put_amount("wanted", blocker.wanted);
  put_amount("free", blocker.free);
  put_amount("held", blocker.held);
  put_amount("limit", blocker.limit);
  put_amount("guarantee", blocker.guarantee);
  put_amount("promised", blocker.promised);
  put_amount("leaving", blocker.leaving);
  if (blocker.cost) out["cost"] = spec::credits_text(*blocker.cost);
  if (blocker.credits) out["credits"] = spec::credits_text(*blocker.credits);
  put("tasks", blocker.tasks);
  put("tasks_fit", blocker.tasks_fit);
  put("promises", blocker.promises);
  put("nodes", blocker.nodes);
  put("drained", blocker.drained);
  put("lost", blocker.lost);
  put("sick_gpus", blocker.sick_gpus);
  put("fits_with_them", blocker.fits_with_them);
  put("ahead", blocker.ahead);
  if (blocker.takes_turns) out["fairness"] = to_text(Fairness::users);
  if (!blocker.window.empty()) out["window"] = blocker.window;
  if (blocker.until) out["until"] = to_text(*blocker.until);
  if (blocker.from) out["from"] = to_text(*blocker.from);
  if (blocker.time_limit) out["time_limit_s"] = blocker.time_limit->whole_seconds();
  return out;
}

json::object to_json(const View& view, const Suggestion& change, JobId job) {
  json::object out{{"code", to_text(change.remedy)}, {"detail", sentence(view, change, job)}};
  if (change.pool) out["pool"] = view.fleet->pool(*change.pool).path;
  if (change.tasks) out["tasks"] = *change.tasks;
  if (change.within) out["within"] = to_text(*change.within);
  if (change.time_limit) out["time_limit_s"] = change.time_limit->whole_seconds();
  if (change.count) out["count"] = *change.count;
  if (!change.jobs.empty()) out["jobs"] = ids_json(change.jobs);
  if (change.at) out["at"] = to_text(*change.at);
  json::array nodes;
  for (const NodeId node : change.nodes) nodes.emplace_back(view.fleet->node_name(node));
  if (!nodes.empty()) out["nodes"] = std::move(nodes);
  return out;
}

}  // namespace dure::api
