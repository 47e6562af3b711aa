#include "dure/simulate/summary.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cmath>
#include <string_view>

namespace dure::simulate {
namespace {

std::string json(std::string_view text) { return boost::json::serialize(boost::json::string_view(text)); }
std::string json(std::uint64_t number) { return fmt::format("{}", number); }
std::string json(std::int64_t number) { return fmt::format("{}", number); }
// The shortest digits that read back as the same number; null where there is none.
std::string json(double number) { return std::isfinite(number) ? fmt::format("{}", number) : "null"; }

// A JSON object with its members in the order they are added. Ours, because boost::json writes 0.5 as 5E-1.
class Object {
 public:
  explicit Object(std::string_view indent) : indent_(indent) {}

  template <class T>
  Object& add(std::string_view key, const T& value) {
    return add_raw(key, json(value));
  }
  Object& add_raw(std::string_view key, std::string_view value) {
    members_ += fmt::format("{}\n{}  {}: {}", members_.empty() ? "" : ",", indent_, json(key), value);
    return *this;
  }
  std::string text() const { return members_.empty() ? "{}" : fmt::format("{{{}\n{}}}", members_, indent_); }

 private:
  std::string_view indent_;
  std::string members_;
};

std::string reasons(const Summary& summary) {
  Object object("  ");
  for (const auto& [reason, count] : summary.rejected_by_reason) object.add(reason, count);
  return object.text();
}

std::string by_cause(const Summary& summary) {
  Object object("  ");
  for (const EvictionCount& count : summary.evictions_by_cause) {
    object.add_raw(count.cause,
                   Object("    ").add("times", count.times).add("lost_gpu_hours", count.lost_gpu_hours).text());
  }
  return object.text();
}

Object object_of(const TenantUse& use) {
  return Object("    ")
      .add("jobs", use.jobs)
      .add("gpu_hours", use.gpu_hours)
      .add("utilisation", use.gpu_hours / use.guaranteed_gpu_hours)
      .add("beyond_gpu_hours", use.beyond_gpu_hours)
      .add("p50_wait_s", use.p50_wait_s)
      .add("p95_wait_s", use.p95_wait_s);
}

std::string owners(const Summary& summary) {
  Object object("  ");
  for (const TenantUse& use : summary.owners) object.add_raw(use.path, object_of(use).text());
  return object.text();
}

std::string json(const std::vector<double>& numbers) {
  std::string text = "[";
  for (const double number : numbers) text += (text.size() > 1 ? ", " : "") + json(number);
  return text + "]";
}

void add(Object& object, const PackSummary& pack) {
  const Stranded& stranded = pack.stranded;
  object.add("dropped", pack.dropped)
      .add_raw("curve", Object("  ").add_raw("allocated_percent", json(pack.allocated_percent)).text())
      .add_raw("stranded", Object("  ")
                               .add("wrong_model", stranded.wrong_model)
                               .add("no_memory", stranded.no_memory)
                               .add("no_cpu", stranded.no_cpu)
                               .add("fragment", stranded.fragment)
                               .add("usable", stranded.usable)
                               .text());
}

std::string json(const forecast::Accuracy& accuracy, std::string_view indent) {
  return Object(indent)
      .add("forecasts", accuracy.forecasts)
      .add("covered", accuracy.covered)
      .add("median_width_s", accuracy.median_width)
      .add("median_error_s", accuracy.median_error)
      .add("pinball_s", accuracy.pinball)
      .add_raw("below", json(std::vector<double>(accuracy.below.begin(), accuracy.below.end())))
      .text();
}

std::string json(const ForecastSummary& forecasts) {
  Object object("  ");
  for (std::size_t t = 0; t < teller_count; ++t) {
    Object teller("    ");
    teller.add_raw("all", json(forecasts.all[t], "      "));
    for (std::size_t h = 0; h < forecast::horizon_count; ++h) {
      teller.add_raw(forecast::horizon_names[h], json(forecasts.by_horizon[t][h], "      "));
    }
    object.add_raw(teller_names[t], teller.text());
  }
  return object.text();
}

template <class Items, class Text>
std::string list(const Items& items, const Text& text) {
  std::string out = "[";
  for (const auto& item : items) out += fmt::format("{}\n      {}", out.size() > 1 ? "," : "", text(item));
  return out + (out.size() > 1 ? "\n    ]" : "]");
}

std::string credits_of(const LedgerSummary& ledger, const std::string& tenant) {
  Object object("      ");
  for (const ProgrammeLine& line : ledger.programmes) {
    if (line.tenant != tenant) continue;
    object.add_raw(line.programme, Object("        ")
                                       .add("grants", line.grants)
                                       .add("cards", line.cards)
                                       .add("awarded", line.awarded)
                                       .add("charged", line.charged)
                                       .add("waived", line.waived)
                                       .add("borrowed", line.borrowed)
                                       .add("lapsed", line.lapsed)
                                       .add("reduced", line.reduced)
                                       .text());
  }
  return object.text();
}

// With the credits of the programmes of the ledger, where it has any of that tenant.
std::string programmes(const Summary& summary) {
  Object object("  ");
  for (const TenantUse& use : summary.programmes) {
    Object programme = object_of(use);
    const std::string credits = summary.ledger ? credits_of(*summary.ledger, use.path) : "{}";
    if (credits != "{}") programme.add_raw("credits", credits);
    object.add_raw(use.path, programme.text());
  }
  return object.text();
}

std::string json(const LedgerSummary& ledger) {
  constexpr std::string_view indent = "      ";
  const auto loan = [&](const LoanLine& line) {
    return Object(indent)
        .add("lender", line.lender)
        .add("borrower", line.borrower)
        .add("gpu_hours", line.gpu_hours)
        .add("emergency_gpu_hours", line.emergency_gpu_hours)
        .add("reclaims", line.reclaims)
        .add("late", line.late)
        .add("longest_reclaim_s", line.longest_reclaim_s)
        .text();
  };
  const auto owner = [&](const OwnerLine& line) {
    return Object(indent)
        .add("owner", line.owner)
        .add("lent_gpu_hours", line.lent)
        .add("borrowed_gpu_hours", line.borrowed)
        .text();
  };
  const TakenBack& taken = ledger.taken_back;
  return Object("  ")
      .add_raw("loans", list(ledger.loans, loan))
      .add_raw("owners", list(ledger.owners, owner))
      .add_raw("taken_back", Object("    ")
                                 .add("grants_warned", taken.warned)
                                 .add("grants_reduced", taken.reduced)
                                 .add("grants_made_of_it", taken.reawarded)
                                 .add("cards_freed", taken.cards_freed)
                                 .add("cards_reawarded", taken.cards_reawarded)
                                 .add("credits", taken.credits)
                                 .add("gpu_hours_used_by_who_got_them", taken.used_gpu_hours)
                                 .text())
      .text();
}

std::string invariants(const InvariantCount& count) {
  return Object("  ").add("checked", count.checked).add("violated", count.violated).text();
}

}  // namespace

std::string to_json(const Summary& summary) {
  Object object("");
  object.add("scenario", summary.scenario)
      .add("policy", summary.policy)
      .add("seed", summary.seed)
      .add("jobs_total", summary.jobs_total)
      .add("jobs_completed", summary.jobs_completed)
      .add("jobs_timed_out", summary.jobs_timed_out)
      .add("jobs_unfinished", summary.jobs_unfinished)
      .add("jobs_rejected", summary.jobs_rejected)
      .add_raw("rejected_by_reason", reasons(summary))
      .add("rows_skipped", summary.rows_skipped)
      .add("mean_wait_s", summary.mean_wait_s)
      .add("p50_wait_s", summary.p50_wait_s)
      .add("p95_wait_s", summary.p95_wait_s)
      .add("p99_wait_s", summary.p99_wait_s)
      .add("avg_bounded_slowdown", summary.avg_bounded_slowdown)
      .add("mean_completion_s", summary.mean_completion_s)
      .add("makespan_s", summary.makespan_s)
      .add("gpu_hours", summary.gpu_hours)
      .add("utilisation", summary.utilisation)
      .add("offered_load", summary.offered_load)
      .add("peak_pending", summary.peak_pending)
      .add("evictions", summary.evictions)
      .add("swaps", summary.swaps)
      .add("lost_gpu_hours_evicted", summary.lost_gpu_hours_evicted)
      .add("lost_gpu_hours_faults", summary.lost_gpu_hours_faults)
      .add_raw("evictions_by_cause", by_cause(summary));
  if (!summary.pack) object.add_raw("owners", owners(summary)).add_raw("programmes", programmes(summary));
  if (summary.pack) add(object, *summary.pack);
  if (summary.forecasts) object.add_raw("forecasts", json(*summary.forecasts));
  if (summary.ledger) object.add_raw("ledger", json(*summary.ledger));
  object.add("decisions", summary.decisions)
      .add_raw("invariants", invariants(summary.invariants))
      .add("digest", summary.digest)
      .add("wall_s", summary.wall_s)
      .add("jobs_per_wall_s", summary.jobs_per_wall_s);
  return object.text() + "\n";
}

}  // namespace dure::simulate
