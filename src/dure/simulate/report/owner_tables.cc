#include "dure/simulate/report/owner_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "dure/simulate/report/table.h"
#include "dure/simulate/report/text.h"

namespace dure::simulate {
namespace {

constexpr std::string_view none = "–";

// Of what there is a part of, if there is any.
std::string part_text(double part, double all) { return all > 0 ? percent_text(part / all) : std::string(none); }

OwnerLine line_of(const LedgerSummary& ledger, const std::string& owner) {
  const auto found = std::find_if(ledger.owners.begin(), ledger.owners.end(),
                                  [&](const OwnerLine& line) { return line.owner == owner; });
  return found != ledger.owners.end() ? *found : OwnerLine{.owner = owner};
}

}  // namespace

bool has_owners(const Summary& summary) {
  return std::any_of(summary.owners.begin(), summary.owners.end(),
                     [](const TenantUse& owner) { return owner.guaranteed_gpu_hours > 0; }) ||
         (summary.ledger && !summary.ledger->loans.empty());
}

std::string owner_table(const std::vector<TenantUse>& owners, const LedgerSummary* ledger, std::string_view unit) {
  HtmlTable table{.caption = "Owners",
                  .columns = {{"Owner", false}, {"Jobs"}, {fmt::format("{} hours used", unit)}, {"Of its own"}},
                  .rows = {}};
  if (ledger != nullptr) table.columns.insert(table.columns.end(), {{"Lent"}, {"Borrowed"}});
  table.columns.insert(table.columns.end(), {{"Median wait"}, {"95th percentile"}});
  for (const TenantUse& owner : owners) {
    std::vector<std::string>& row = table.rows.emplace_back();
    row = {owner.path, count_text(owner.jobs), decimal_text(owner.gpu_hours),
           part_text(owner.gpu_hours, owner.guaranteed_gpu_hours)};
    if (ledger != nullptr) {
      const OwnerLine line = line_of(*ledger, owner.path);
      row.insert(row.end(), {decimal_text(line.lent), decimal_text(line.borrowed)});
    }
    row.insert(row.end(), {span_text(owner.p50_wait_s), span_text(owner.p95_wait_s)});
  }
  return to_html(table);
}

std::string programme_table(const std::vector<TenantUse>& uses, const LedgerSummary& ledger, std::string_view unit) {
  if (ledger.programmes.empty()) return "<p class=\"nothing\">There is no programme.</p>\n";
  HtmlTable table{.caption = "Credits of each programme, and the jobs of its tenant",
                  .columns = {{"Programme", false},
                              {"Tenant", false},
                              {"Cards"},
                              {"Awarded"},
                              {"Charged"},
                              {"Of that"},
                              {"Lapsed"},
                              {"Taken back"},
                              {fmt::format("{} hours", unit)},
                              {"Median wait"},
                              {"95th percentile"}},
                  .rows = {}};
  for (const ProgrammeLine& line : ledger.programmes) {
    const auto use =
        std::find_if(uses.begin(), uses.end(), [&](const TenantUse& one) { return one.path == line.tenant; });
    const bool ran = use != uses.end() && use->jobs > 0;
    table.rows.push_back(
        {line.programme, line.tenant, count_text(static_cast<std::uint64_t>(line.cards)), decimal_text(line.awarded),
         decimal_text(line.charged), part_text(line.charged, line.awarded), decimal_text(line.lapsed),
         decimal_text(line.reduced), ran ? decimal_text(use->gpu_hours) : std::string(none),
         ran ? span_text(use->p50_wait_s) : std::string(none), ran ? span_text(use->p95_wait_s) : std::string(none)});
  }
  return to_html(table);
}

}  // namespace dure::simulate
