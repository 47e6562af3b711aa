#include "dure/cli/allotment_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "dure/programme/pay.h"
#include "dure/programme/sentences.h"

namespace dure::cli {
namespace {

namespace json = boost::json;
using namespace programme;

double points(std::int64_t hundredths) { return static_cast<double>(hundredths) / static_cast<double>(hundred); }

class Json {
 public:
  Json(const Round& round, const Allotted& allotted) : round_(round), allotted_(allotted) {}

  json::object proof(double seconds) const {
    const Proof& proof = allotted_.proof;
    return {{"total", points(proof.total)},
            {"bound", points(proof.bound)},
            {"price_bound", points(proof.price_bound)},
            {"is_best", proof.is_best},
            {"ties_settled", proof.ties_settled},
            {"solver", proof.solver},
            {"seconds", seconds}};
  }

  json::array awards() const {
    json::array list;
    for (const Award& award : allotted_.awards) list.push_back(award_object(award));
    return list;
  }

  json::array refused() const {
    json::array list;
    for (const Refusal& refusal : allotted_.refused) list.push_back(refusal_object(refusal));
    return list;
  }

  json::array limits() const {
    json::array list;
    for (std::size_t l = 0; l < allotted_.limits.size(); ++l) {
      json::object out = limit_object(l);
      out["used"] = allotted_.used[l];
      out["price"] = points(allotted_.prices[l]) / static_cast<double>(price_unit);
      list.push_back(std::move(out));
    }
    return list;
  }

 private:
  const std::string& name(std::size_t application) const { return round_.applications[application].name; }
  const std::string& kind(std::size_t application, std::size_t ask) const {
    return round_.call.kinds[round_.applications[application].asks[ask].kind].name;
  }

  json::object award_object(const Award& award) const {
    const Application& who = round_.applications[award.application];
    const Pay pay = pay_of(round_, award);
    json::object out{{"application", who.name},
                     {"project", who.project},
                     {"kind", kind(award.application, award.ask)},
                     {"cards", award.cards},
                     {"months", who.months},
                     {"score", points(score_of(round_.call, who, who.asks[award.ask]))},
                     {"pays_percent", points(pay.percent)}};
    if (pay.amount) out["pays"] = *pay.amount;
    return out;
  }

  json::object limit_object(std::size_t l) const {
    const Limit& limit = allotted_.limits[l];
    json::object out{{"limit", limit.name}, {"unit", limit.unit}};
    if (limit.least) out["least"] = *limit.least;
    if (limit.most) out["most"] = *limit.most;
    return out;
  }

  json::object way_object(const Way& way) const {
    json::array names;
    for (const std::size_t application : way.out) names.emplace_back(name(application));
    json::object out{{"out", std::move(names)}, {"out_worth", points(way.out_worth)}};
    json::array floors;
    for (const Floor& floor : way.floors) {
      json::object object = limit_object(floor.limit);
      object["left"] = floor.left;
      floors.push_back(std::move(object));
    }
    if (!floors.empty()) out["leaves_too_little"] = std::move(floors);
    return out;
  }

  json::object turned_object(std::size_t application, const Turned& turned) const {
    json::object out{{"kind", kind(application, turned.ask)}, {"cards", turned.cards}, {"worth", points(turned.worth)}};
    json::array blockers;
    for (const Blocker& blocker : turned.blockers) {
      json::object object = limit_object(blocker.limit);
      object["used"] = blocker.used;
      object["short_by"] = blocker.over;
      blockers.push_back(std::move(object));
    }
    json::array ways;
    for (const Way& way : turned.ways) ways.push_back(way_object(way));
    out["blockers"] = std::move(blockers);
    out["ways"] = std::move(ways);
    return out;
  }

  json::object refusal_object(const Refusal& refusal) const {
    const Application& who = round_.applications[refusal.application];
    json::array faults;
    for (const Fault& fault : refusal.faults) {
      faults.push_back({{"kind", kind(refusal.application, fault.ask)}, {"reason", fault.text}});
    }
    json::array asks;
    for (const Turned& turned : refusal.turned) asks.push_back(turned_object(refusal.application, turned));
    json::array reasons;
    for (const std::string& sentence : sentences_of(round_, allotted_, refusal)) reasons.emplace_back(sentence);
    return {{"application", who.name},
            {"score", points(score_of(round_.call, who, who.asks.front()))},
            {"reasons", std::move(reasons)},
            {"faults", std::move(faults)},
            {"asks", std::move(asks)}};
  }

  const Round& round_;
  const Allotted& allotted_;
};

}  // namespace

std::string allotment_json(const Round& round, const Allotted& allotted, double seconds) {
  const Json json(round, allotted);
  return json::serialize(json::object{{"call", round.call.name},
                                      {"proof", json.proof(seconds)},
                                      {"awards", json.awards()},
                                      {"refused", json.refused()},
                                      {"limits", json.limits()}});
}

}  // namespace dure::cli
