// Values kept by a 32-bit id of ours in one vector, with places used again. For things that come and go, such as jobs,
// with ids that are given out one after the other: the way from an id to its place is two loads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "dure/base/assert.h"
#include "dure/base/ids.h"

namespace dure {

// Every call is O(1) but those over all values. A reference to a value is valid until the next insert. Pages of ids
// that are all gone take no memory but a pointer.
template <class IdType, class Value>
class Slab {
 public:
  Slab() = default;
  Slab(Slab&&) noexcept = default;
  Slab& operator=(Slab&&) noexcept = default;
  // O(n).
  Slab(const Slab& other) : values_(other.values_), free_(other.free_), size_(other.size_) {
    pages_.reserve(other.pages_.size());
    for (const auto& page : other.pages_) pages_.push_back(page ? std::make_unique<Page>(*page) : nullptr);
  }
  Slab& operator=(const Slab& other) { return *this = Slab(other); }

  std::size_t size() const { return size_; }

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
    std::uint32_t& slot = slot_of(id);
    DURE_ASSERT(slot == 0);
    slot = place + 1;
    ++size_;
    return values_[place];
  }

  // Requires that `id` is there.
  void erase(IdType id) {
    DURE_ASSERT(find(id) != nullptr);
    std::unique_ptr<Page>& page = pages_[id.index() / page_size];
    std::uint32_t& slot = page->slots[id.index() % page_size];
    values_[slot - 1] = Value{};
    free_.push_back(slot - 1);
    slot = 0;
    --size_;
    if (--page->used == 0) page.reset();
  }

  // nullptr if there is none.
  Value* find(IdType id) {
    const std::size_t at = id.index() / page_size;
    if (at >= pages_.size() || !pages_[at]) return nullptr;
    const std::uint32_t slot = pages_[at]->slots[id.index() % page_size];
    return slot == 0 ? nullptr : &values_[slot - 1];
  }
  const Value* find(IdType id) const { return const_cast<Slab*>(this)->find(id); }

  // Requires that `id` is there.
  Value& operator[](IdType id) {
    Value* found = find(id);
    DURE_ASSERT(found != nullptr);
    return *found;
  }
  const Value& operator[](IdType id) const { return const_cast<Slab&>(*this)[id]; }

  // Visits every id and value, by ascending id. O(n).
  template <class Function>
  void for_each(Function&& function) const {
    for (std::size_t p = 0; p < pages_.size(); ++p) {
      for (std::size_t i = 0; pages_[p] && i < page_size; ++i) {
        const std::uint32_t slot = pages_[p]->slots[i];
        if (slot != 0) function(IdType{static_cast<std::uint32_t>(p * page_size + i)}, values_[slot - 1]);
      }
    }
  }

  // Ascending. O(n).
  std::vector<IdType> sorted_ids() const {
    std::vector<IdType> ids;
    ids.reserve(size_);
    for_each([&](IdType id, const Value&) { ids.push_back(id); });
    return ids;
  }

 private:
  static constexpr std::size_t page_size = 1024;
  struct Page {
    std::array<std::uint32_t, page_size> slots{};  // a place plus one; 0: not there
    std::uint32_t used = 0;
  };

  // Of an id that is not there yet.
  std::uint32_t& slot_of(IdType id) {
    const std::size_t at = id.index() / page_size;
    if (at >= pages_.size()) pages_.resize(at + 1);
    if (!pages_[at]) pages_[at] = std::make_unique<Page>();
    ++pages_[at]->used;
    return pages_[at]->slots[id.index() % page_size];
  }

  std::vector<Value> values_;
  std::vector<std::uint32_t> free_;
  std::vector<std::unique_ptr<Page>> pages_;
  std::size_t size_ = 0;
};

}  // namespace dure
