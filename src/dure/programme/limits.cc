#include "dure/programme/limits.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace dure::programme {
namespace {

std::string name_of(const Selector& who) {
  std::string name;
  const auto add = [&](const char* noun, const std::optional<std::string>& value) {
    if (value) name += fmt::format("{}{} {}", name.empty() ? "" : ", ", noun, *value);
  };
  add("class", who.applicant_class);
  add("region", who.region);
  add("organisation", who.organisation);
  add("tag", who.tag);
  add("size", who.size);
  return name;
}

const std::string& value_of(Each each, const Application& application) {
  if (each == Each::applicant_class) return application.applicant_class;
  return each == Each::region ? application.region : application.organisation;
}

const char* noun_of(Each each) {
  if (each == Each::applicant_class) return "class";
  return each == Each::region ? "region" : "organisation";
}

class Limits {
 public:
  Limits(const Round& round, const std::vector<Choice>& choices) : round_(round), choices_(choices) {}

  std::vector<Limit> all() {
    add_kinds();
    add_projects();
    for (const Share& share : round_.call.shares) add_share(share);
    return std::move(limits_);
  }

 private:
  void add(Limit limit) {
    if (!limit.least && !can_exceed(limit)) return;
    limits_.push_back(std::move(limit));
  }

  bool can_exceed(const Limit& limit) const {
    std::int64_t sum = 0;
    for (const std::size_t i : limit.members) sum += limit.counts == Counts::cards ? choices_[i].most : 1;
    return limit.most && sum > *limit.most;
  }

  void add_kinds() {
    for (std::size_t k = 0; k < round_.call.kinds.size(); ++k) {
      const Kind& kind = round_.call.kinds[k];
      Limit limit{.name = "all that is offered", .unit = kind.name, .most = kind.cards};
      for (std::size_t i = 0; i < choices_.size(); ++i) {
        if (choices_[i].kind == k) limit.members.push_back(i);
      }
      add(std::move(limit));
    }
  }

  void add_projects() {
    std::map<std::string, std::vector<std::size_t>> by_project;
    for (std::size_t i = 0; i < choices_.size(); ++i) {
      by_project[round_.applications[choices_[i].application].project].push_back(i);
    }
    for (const auto& [project, members] : by_project) {
      add({.name = "project " + project,
           .unit = "awards",
           .counts = Counts::awards,
           .most = round_.call.awards_per_project,
           .members = members});
      for (std::size_t k = 0; k < round_.call.kinds.size(); ++k) {
        const Kind& kind = round_.call.kinds[k];
        if (!kind.cap) continue;
        Limit limit{.name = "project " + project, .unit = kind.name, .most = kind.cap};
        for (const std::size_t i : members) {
          if (choices_[i].kind == k) limit.members.push_back(i);
        }
        add(std::move(limit));
      }
    }
  }

  void add_share(const Share& share) {
    std::map<std::string, std::vector<std::size_t>> groups;
    if (share.each == Each::none) groups[""];
    for (std::size_t i = 0; i < choices_.size(); ++i) {
      const Application& application = round_.applications[choices_[i].application];
      if (!is_about(share.who, round_.call, application, application.asks[choices_[i].ask])) continue;
      groups[share.each == Each::none ? "" : value_of(share.each, application)].push_back(i);
    }
    for (auto& [value, members] : groups) add(limit_of(share, value, std::move(members)));
  }

  Limit limit_of(const Share& share, const std::string& value, std::vector<std::size_t> members) const {
    Limit limit{.name = name_of(share.who),
                .unit = share.who.kind ? round_.call.kinds[*share.who.kind].name : "cards",
                .counts = share.counts,
                .least = share.least,
                .most = share.most,
                .least_text = share.least_text,
                .most_text = share.most_text,
                .members = std::move(members)};
    if (share.counts == Counts::awards) limit.unit = share.who.kind ? "awards of " + limit.unit : "awards";
    if (share.each != Each::none) {
      limit.name = fmt::format("{} {}{}{}", noun_of(share.each), value, limit.name.empty() ? "" : ", ", limit.name);
    }
    if (limit.name.empty()) limit.name = "all together";
    return limit;
  }

  const Round& round_;
  const std::vector<Choice>& choices_;
  std::vector<Limit> limits_;
};

}  // namespace

std::vector<Limit> limits_of(const Round& round, const std::vector<Choice>& choices) {
  return Limits(round, choices).all();
}

}  // namespace dure::programme
