#include "dure/cli/simulation_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "dure/cli/table.h"
#include "dure/simulate/report/owner_tables.h"
#include "dure/simulate/report/text.h"

namespace dure::cli {
namespace {

using simulate::decimal_text;
using simulate::LedgerSummary;
using simulate::OwnerLine;
using simulate::ProgrammeLine;
using simulate::Summary;
using simulate::TenantUse;

constexpr std::size_t most_rows = 20;

std::string part_text(double part, double all) { return all > 0 ? fmt::format("{:.0f}%", 100 * part / all) : "-"; }

std::string rows_left(std::size_t rows) {
  return rows > most_rows ? fmt::format("and {} more: --json has all\n", rows - most_rows) : "";
}

std::string owners_text(const Summary& summary, const Console& console) {
  Table table({{.title = "OWNER", .gives_way = 1},
               {.title = "HOURS USED", .align = Align::right},
               {.title = "OF ITS OWN", .align = Align::right, .leaves = 1},
               {.title = "LENT", .align = Align::right},
               {.title = "BORROWED", .align = Align::right},
               {.title = "WAIT P50", .align = Align::right, .leaves = 2},
               {.title = "P95", .align = Align::right, .leaves = 3}});
  const auto line_of = [&](const std::string& owner) -> std::optional<OwnerLine> {
    if (!summary.ledger) return std::nullopt;
    for (const OwnerLine& line : summary.ledger->owners) {
      if (line.owner == owner) return line;
    }
    return OwnerLine{.owner = owner};
  };
  for (const TenantUse& owner : summary.owners) {
    if (&owner - summary.owners.data() >= static_cast<std::ptrdiff_t>(most_rows)) break;
    const auto line = line_of(owner.path);
    table.add({owner.path, decimal_text(owner.gpu_hours), part_text(owner.gpu_hours, owner.guaranteed_gpu_hours),
               line ? decimal_text(line->lent) : "", line ? decimal_text(line->borrowed) : "",
               duration_text(owner.p50_wait_s), duration_text(owner.p95_wait_s)});
  }
  return "\n" + table.draw(console) + rows_left(summary.owners.size());
}

std::string programmes_text(const Summary& summary, const Console& console) {
  Table table({{.title = "PROGRAMME", .gives_way = 1},
               {.title = "CARDS", .align = Align::right},
               {.title = "AWARDED", .align = Align::right},
               {.title = "CHARGED", .align = Align::right},
               {.title = "PART", .align = Align::right, .leaves = 1},
               {.title = "HOURS USED", .align = Align::right},
               {.title = "WAIT P50", .align = Align::right, .leaves = 2},
               {.title = "P95", .align = Align::right, .leaves = 3}});
  const std::vector<ProgrammeLine>& lines = summary.ledger->programmes;
  for (std::size_t i = 0; i < std::min(most_rows, lines.size()); ++i) {
    const ProgrammeLine& line = lines[i];
    const auto use = std::find_if(summary.programmes.begin(), summary.programmes.end(),
                                  [&](const TenantUse& one) { return one.path == line.tenant; });
    const bool ran = use != summary.programmes.end() && use->jobs > 0;
    table.add({line.programme, fmt::format("{}", line.cards), decimal_text(line.awarded), decimal_text(line.charged),
               part_text(line.charged, line.awarded), ran ? decimal_text(use->gpu_hours) : "0",
               ran ? duration_text(use->p50_wait_s) : "-", ran ? duration_text(use->p95_wait_s) : "-"});
  }
  return "\n" + table.draw(console) + rows_left(lines.size());
}

std::string taken_back_text(const simulate::TakenBack& taken) {
  if (taken.warned == 0 && taken.reduced == 0) return "";
  return fmt::format(
      "\nTaken back: {} credits and {} cards of {} of {} grants that were warned; {} cards awarded again in {}, which "
      "used {} hours\n",
      decimal_text(taken.credits), taken.cards_freed, taken.reduced, taken.warned, taken.cards_reawarded,
      taken.reawarded == 1 ? "1 grant" : fmt::format("{} grants", taken.reawarded), decimal_text(taken.used_gpu_hours));
}

}  // namespace

std::string duration_text(double seconds_value) {
  if (seconds_value < 120) return fmt::format("{:.3g} s", seconds_value);
  if (seconds_value < 7200) return fmt::format("{:.1f} min", seconds_value / 60);
  if (seconds_value < 2 * 86400) return fmt::format("{:.1f} h", seconds_value / 3600);
  return fmt::format("{:.1f} d", seconds_value / 86400);
}

std::string shares_text(const Summary& summary, const Console& console) {
  if (!simulate::has_owners(summary)) return "";
  std::string text = owners_text(summary, console);
  if (!summary.ledger) return text;
  if (!summary.ledger->programmes.empty()) text += programmes_text(summary, console);
  return text + taken_back_text(summary.ledger->taken_back);
}

}  // namespace dure::cli
