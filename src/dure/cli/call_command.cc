#include "dure/cli/call_command.h"

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "dure/cli/allotment_json.h"
#include "dure/cli/allotment_text.h"
#include "dure/programme/allot.h"
#include "dure/programme/pay.h"
#include "dure/simulate/csv_file.h"
#include "dure/spec/round_reader.h"

namespace dure::cli {
namespace {

using programme::Allotted;
using programme::Application;
using programme::Award;
using programme::Pay;
using programme::Round;

Result<void> write_awards(const Round& round, const Allotted& allotted, const std::string& path) {
  constexpr const char* header =
      "application,project,organisation,class,region,kind,cards,months,score,pays_percent,pays";
  auto file = simulate::CsvFile::create(path, header);
  if (!file) return tl::unexpected(file.error());
  for (const Award& award : allotted.awards) {
    const Application& who = round.applications[award.application];
    const programme::Ask& ask = who.asks[award.ask];
    const Pay pay = pay_of(round, award);
    for (const std::string* text : {&who.name, &who.project, &who.organisation, &who.applicant_class, &who.region,
                                    &round.call.kinds[ask.kind].name}) {
      file->add_text(*text);
    }
    file->add_integer(award.cards);
    file->add_integer(who.months);
    file->add_milli(score_of(round.call, who, ask) * 10);
    file->add_milli(pay.percent * 10);
    pay.amount ? file->add_integer(*pay.amount) : file->add_text("");
    file->end_row();
  }
  return file->close();
}

}  // namespace

Result<solver::SearchBounds> search_bounds(const std::string& text) {
  solver::SearchBounds bounds;
  if (text.empty()) return bounds;
  const auto within = parse_duration(text);
  if (!within || within->whole_seconds() < 1) {
    return fail(Code::invalid_argument,
                fmt::format("--within: found '{}'; write a duration from 1s on, such as 30s", text));
  }
  bounds.within = *within;
  return bounds;
}

Result<int> allot_call(const CallArguments& arguments, const Console& console) {
  const auto bounds = search_bounds(arguments.within);
  if (!bounds) return tl::unexpected(bounds.error());
  const auto round = spec::read_round(arguments.call);
  if (!round) return tl::unexpected(round.error());
  const auto begin = std::chrono::steady_clock::now();
  auto opened = solver::CbcSolver::open(*bounds);
  if (!opened) return tl::unexpected<Error>(opened.error());
  solver::CbcSolver& solver = *opened;
  const auto allotted = programme::allot(*round, solver);
  if (!allotted) return tl::unexpected(allotted.error());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (!arguments.out.empty()) {
    if (const auto written = write_awards(*round, *allotted, arguments.out); !written) {
      return tl::unexpected(written.error());
    }
  }
  if (arguments.json) {
    console.print_line(allotment_json(*round, *allotted, seconds));
  } else {
    console.print(allotment_text(*round, *allotted, seconds, console));
  }
  return 0;
}

}  // namespace dure::cli
