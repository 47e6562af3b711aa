// A grant from award to settlement, and where an application and a call are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/ledger/change.h"

namespace dure::ledger {

enum class GrantStatus : std::uint8_t { awarded, active, warned, reduced, closed, settled };
constexpr GrantStatus last_of(GrantStatus) { return GrantStatus::settled; }
std::string_view to_text(GrantStatus status);

// Something that was done, by whom and why; `by` none: by the rules.
struct Step {
  Time at;
  std::string text;
  std::optional<UserId> by;
  std::string why;
};

template <class Archive>
void fields(Archive& archive, Like<Step> auto& step) {
  archive(step.at);
  archive(step.text);
  archive(step.by);
  archive(step.why);
}

enum class Appeal : std::uint8_t { none, filed, granted, refused };
constexpr Appeal last_of(Appeal) { return Appeal::refused; }
std::string_view to_text(Appeal appeal);

// That too little is used, until use is enough, an appeal is granted, or the grant is reduced.
struct Notice {
  std::uint32_t rule = 0;
  std::uint8_t number = 1;
  Time first;
  Appeal appeal = Appeal::none;
};

template <class Archive>
void fields(Archive& archive, Like<Notice> auto& notice) {
  archive(notice.rule);
  archive(notice.number);
  archive(notice.first);
  archive(notice.appeal);
}

struct Grant {
  GrantId id;
  std::uint32_t programme = 0;
  AccountId account;
  std::uint64_t kinds = 0;  // a mask
  std::int64_t cards = 0;   // at once, as awarded; 0: no bound
  std::int64_t cards_kept = 0;
  std::vector<std::uint32_t> lots;  // of the account, by number
  Time from;                        // of the first
  Time to;                          // of the last
  Micro awarded = 0;
  Micro lapsed = 0;  // or taken back
  Micro waived = 0;  // used, and not charged
  std::optional<ApplicationId> application;
  GrantStatus status = GrantStatus::awarded;
  std::uint32_t next_rule = 0;
  std::optional<Notice> notice;
  std::vector<Step> steps;
};

template <class Archive>
void fields(Archive& archive, Like<Grant> auto& grant) {
  archive(grant.id);
  archive(grant.programme);
  archive(grant.account);
  archive(grant.kinds);
  archive(grant.cards);
  archive(grant.cards_kept);
  archive(grant.lots);
  archive(grant.from);
  archive(grant.to);
  archive(grant.awarded);
  archive(grant.lapsed);
  archive(grant.waived);
  archive(grant.application);
  archive(grant.status);
  archive(grant.next_rule);
  archive(grant.notice);
  archive(grant.steps);
}

enum class ApplicationStatus : std::uint8_t { filed, reviewed, awarded, waiting, refused };
constexpr ApplicationStatus last_of(ApplicationStatus) { return ApplicationStatus::refused; }
std::string_view to_text(ApplicationStatus status);

struct Application {
  ApplicationId id;
  CallId call;
  std::string name;
  std::string tenant;
  std::vector<Ask> asks;
  std::int64_t months = 1;
  std::string text;
  UserId by;
  std::int64_t score = 0;  // of the last review, in hundredths
  ApplicationStatus status = ApplicationStatus::filed;
  std::string why_not;  // of who waits
  std::vector<Step> steps;
};

template <class Archive>
void fields(Archive& archive, Like<Application> auto& application) {
  archive(application.id);
  archive(application.call);
  archive(application.name);
  archive(application.tenant);
  archive(application.asks);
  archive(application.months);
  archive(application.text);
  archive(application.by);
  archive(application.score);
  archive(application.status);
  archive(application.why_not);
  archive(application.steps);
}

// Cards that were taken back from a grant, or were its when it was closed: until when they would have been.
struct Freed {
  std::uint64_t kinds = 0;
  std::int64_t cards = 0;
  Time until;
};

template <class Archive>
void fields(Archive& archive, Like<Freed> auto& freed) {
  archive(freed.kinds);
  archive(freed.cards);
  archive(freed.until);
}

struct Call {
  CallId id;
  std::string name;
  std::uint32_t programme = 0;
  Time from;  // of its awards
  std::string text;
  bool is_decided = false;
  std::vector<ApplicationId> waiting;  // the next first
  std::vector<Freed> freed;            // the first to end last
  std::vector<Step> steps;
};

template <class Archive>
void fields(Archive& archive, Like<Call> auto& call) {
  archive(call.id);
  archive(call.name);
  archive(call.programme);
  archive(call.from);
  archive(call.text);
  archive(call.is_decided);
  archive(call.waiting);
  archive(call.freed);
  archive(call.steps);
}

}  // namespace dure::ledger
