// Values kept by a 32-bit id of ours in one vector, with places used again. For things that come and go, such as jobs.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <utility>
#include <vector>

#include "dure/base/assert.h"
#include "dure/base/ids.h"

namespace dure {

// Every call is O(1). A reference to a value is valid until the next insert. The order of places is an accident of
// history: whoever produces output or a digest goes by `sorted_ids`.
template <class IdType, class Value>
class Slab {
 public:
  std::size_t size() const { return places_.size(); }
  void reserve(std::size_t n) {
    places_.reserve(n);
    values_.reserve(n);
  }

  // Requires that `id` is not there yet.
  Value& insert(IdType id, Value value) {
    std::uint32_t place = 0;
    if (free_.empty()) {
      place = static_cast<std::uint32_t>(values_.size());
      values_.push_back(std::move(value));
    } else {
      place = free_.back();
      free_.pop_back();
      values_[place] = std::move(value);
    }
    const bool fresh = places_.emplace(id, place).second;
    DURE_ASSERT(fresh);
    return values_[place];
  }

  // Requires that `id` is there.
  void erase(IdType id) {
    const auto found = places_.find(id);
    DURE_ASSERT(found != places_.end());
    values_[found->second] = Value{};
    free_.push_back(found->second);
    places_.erase(found);
  }

  // nullptr if there is none.
  Value* find(IdType id) {
    const auto found = places_.find(id);
    return found == places_.end() ? nullptr : &values_[found->second];
  }
  const Value* find(IdType id) const { return const_cast<Slab*>(this)->find(id); }

  // Requires that `id` is there.
  Value& operator[](IdType id) {
    Value* found = find(id);
    DURE_ASSERT(found != nullptr);
    return *found;
  }
  const Value& operator[](IdType id) const { return const_cast<Slab&>(*this)[id]; }

  // Ascending. O(n log n).
  std::vector<IdType> sorted_ids() const;

  // Visits every value in no particular order. O(n).
  template <class Function>
  void for_each(Function&& function) const {
    for (const auto& [id, place] : places_) function(id, values_[place]);
  }

 private:
  std::vector<Value> values_;
  std::vector<std::uint32_t> free_;
  boost::unordered_flat_map<IdType, std::uint32_t, std::hash<IdType>> places_;
};

template <class IdType, class Value>
std::vector<IdType> Slab<IdType, Value>::sorted_ids() const {
  std::vector<IdType> ids;
  ids.reserve(places_.size());
  for (const auto& entry : places_) ids.push_back(entry.first);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace dure
