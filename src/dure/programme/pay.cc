#include "dure/programme/pay.h"

#include <algorithm>

#include "dure/programme/integer_program.h"

namespace dure::programme {

Pay pay_of(const Round& round, const Award& award) {
  const Application& who = round.applications[award.application];
  const Ask& ask = who.asks[award.ask];
  const auto& tiers = round.call.pays;
  const auto tier =
      std::find_if(tiers.begin(), tiers.end(), [&](const Tier& t) { return is_about(t.who, round.call, who, ask); });
  Pay pay{.percent = tier == tiers.end() ? 0 : tier->percent};
  if (const auto price = round.call.kinds[ask.kind].price) {
    pay.amount = static_cast<std::int64_t>(Wide{*price} * award.cards * who.months * pay.percent / (100 * hundred));
  }
  return pay;
}

}  // namespace dure::programme
