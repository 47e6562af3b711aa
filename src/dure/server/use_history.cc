#include "dure/server/use_history.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "dure/api/job_json.h"

namespace dure::server {
namespace {

namespace json = boost::json;

json::array samples_json(const std::deque<std::int64_t>& held, std::size_t samples) {
  json::array out;
  for (std::size_t i = held.size(); i < samples; ++i) out.emplace_back(0);
  for (const std::int64_t milli : held) out.push_back(api::amount_json(milli));
  return out;
}

}  // namespace

void UseHistory::add(const api::View& view, Time now) {
  const std::lock_guard lock(mutex_);
  samples_ = std::min(samples_ + 1, most_samples);
  until_ = now;
  for (auto& [who, series] : held_) {
    series.push_back(0);
    if (series.size() > most_samples) series.pop_front();
  }
  const std::span<const Pool> pools = view.fleet->pools();
  for (std::size_t i = 0; i < view.use->size(); ++i) {
    const std::int64_t held = (*view.use)[i].held_milli;
    if (held == 0) continue;
    const Tenant& tenant = (*view.tenants)[id_of<TenantTag>(i / pools.size())];
    const auto [at, is_new] = held_.try_emplace({tenant.path, pools[i % pools.size()].path});
    if (is_new) at->second.push_back(0);
    at->second.back() = held;
  }
  std::erase_if(held_, [](const auto& entry) {
    return std::ranges::all_of(entry.second, [](std::int64_t milli) { return milli == 0; });
  });
}

std::string UseHistory::json(const api::View& view, const api::Access& access, std::optional<TenantId> tenant) const {
  const std::lock_guard lock(mutex_);
  json::array tenants;
  for (std::size_t t = 0; t < view.tenants->size(); ++t) {
    const TenantId id = id_of<TenantTag>(t);
    if (!access.may(api::Right::see_use, id) || (tenant && !view.tenants->is_within(id, *tenant))) continue;
    const std::string& path = (*view.tenants)[id].path;
    json::array pools;
    for (std::size_t p = 0; p < view.fleet->pools().size(); ++p) {
      const Pool& pool = view.fleet->pools()[p];
      const std::int64_t guarantee = view.tenants->quota(id, id_of<PoolTag>(p)).guarantee_milli;
      const auto found = held_.find({path, pool.path});
      if (found == held_.end() && guarantee == 0) continue;
      pools.push_back(json::object{{"pool", pool.path},
                                   {"unit", api::unit_of(pool)},
                                   {"guarantee", api::amount_json(guarantee)},
                                   {"held", samples_json(found == held_.end() ? Series{} : found->second, samples_)}});
    }
    if (!pools.empty()) tenants.push_back(json::object{{"path", path}, {"pools", std::move(pools)}});
  }
  return json::serialize(json::object{
      {"every_s", every.whole_seconds()}, {"until", dure::to_text(until_)}, {"tenants", std::move(tenants)}});
}

}  // namespace dure::server
