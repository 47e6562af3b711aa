#include "dure/programme/call.h"

#include <algorithm>

namespace dure::programme {
namespace {

bool is_in_region(const Call& call, const std::string& region, const std::string& wanted) {
  if (region == wanted) return true;
  return std::any_of(call.regions.begin(), call.regions.end(), [&](const RegionGroup& group) {
    return group.name == wanted && std::find(group.regions.begin(), group.regions.end(), region) != group.regions.end();
  });
}

}  // namespace

const Size* size_of(const Call& call, const Ask& ask) {
  const Size* largest = nullptr;
  std::int64_t largest_from = -1;
  for (const Size& size : call.sizes) {
    const std::optional<std::int64_t> from = size.from[ask.kind];
    if (!from || ask.cards < *from || *from <= largest_from) continue;
    largest = &size;
    largest_from = *from;
  }
  return largest;
}

bool has_tag(const Application& application, const std::string& tag) {
  return std::find(application.tags.begin(), application.tags.end(), tag) != application.tags.end();
}

bool is_about(const Selector& who, const Call& call, const Application& application, const Ask& ask) {
  if (who.applicant_class && *who.applicant_class != application.applicant_class) return false;
  if (who.organisation && *who.organisation != application.organisation) return false;
  if (who.region && !is_in_region(call, application.region, *who.region)) return false;
  if (who.tag && !has_tag(application, *who.tag)) return false;
  if (who.kind && *who.kind != ask.kind) return false;
  if (!who.size) return true;
  const Size* size = size_of(call, ask);
  return size != nullptr && size->name == *who.size;
}

std::int64_t score_of(const Call& call, const Application& application, const Ask& ask) {
  std::int64_t score = application.score;
  for (const Bonus& bonus : call.bonuses) {
    if (is_about(bonus.who, call, application, ask)) score += bonus.points;
  }
  return score;
}

}  // namespace dure::programme
