#include "dure/api/start_deadline.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

namespace dure::api {

namespace json = boost::json;

std::optional<IfUnlikely> read_if_unlikely(std::string_view text) {
  if (text == "warn") return IfUnlikely::warn;
  if (text == "refuse") return IfUnlikely::refuse;
  return std::nullopt;
}

Result<std::string> judge_start(const Result<JobPlan>& plan, IfUnlikely if_unlikely) {
  if (!plan) return tl::unexpected(plan.error());
  const Time by = *plan->job.start_by;
  const double chance = plan->chance_by(by);
  const std::string text =
      fmt::format("it starts by {} in {} of {} draws", to_text(by),
                  std::lround(chance * static_cast<double>(plan->plan.drawn.size())), plan->plan.drawn.size());
  if (if_unlikely == IfUnlikely::refuse && chance < refused_below) {
    return fail(Code::invalid_argument,
                fmt::format("start_by: {}; nothing was submitted: give it more time, ask for less, or submit it with "
                            "deadline=warn",
                            text));
  }
  json::object out{{"start_by", {{"at", to_text(by)}, {"chance", std::round(chance * 1000) / 1000}}}};
  if (chance < likely_from) out["warning"] = text + ", and ends as expired otherwise";
  const std::string all = json::serialize(out);
  return all.substr(1, all.size() - 2);
}

}  // namespace dure::api
