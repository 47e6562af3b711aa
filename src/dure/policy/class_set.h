// A set of classes of waiting jobs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dure/base/bits.h"
#include "dure/policy/class_queue.h"

namespace dure {

// Of one bit for each number up to the largest that was ever in it.
class ClassSet {
 public:
  void insert(ClassId id) {
    if (id.index() / 64 >= words_.size()) words_.resize(id.index() / 64 + 1);
    words_[id.index() / 64] |= bit(id);
  }
  void erase(ClassId id) {
    if (id.index() / 64 < words_.size()) words_[id.index() / 64] &= ~bit(id);
  }
  bool contains(ClassId id) const { return (word(id.index() / 64) & bit(id)) != 0; }
  bool contains_all(const ClassSet& other) const {
    for (std::size_t i = 0; i < other.words_.size(); ++i) {
      if ((other.words_[i] & ~word(i)) != 0) return false;
    }
    return true;
  }
  void clear() { words_.clear(); }
  bool empty() const {
    return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
  }
  // Visits the members in ascending order.
  template <class Function>
  void for_each(Function&& function) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for_each_bit(words_[i], [&](std::uint32_t bit) { function(id_of<ClassTag>(i * 64 + bit)); });
    }
  }
  void insert(const ClassSet& other) {
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  }

  // 64 members at a time: the i-th word, from ClassId{64 * i}, has a bit for each.
  std::size_t word_count() const { return words_.size(); }
  std::uint64_t word(std::size_t i) const { return i < words_.size() ? words_[i] : 0; }
  void insert_word(std::size_t i, std::uint64_t members) {
    if (i >= words_.size()) words_.resize(i + 1);
    words_[i] |= members;
  }
  // Returns those of them that were in the set.
  std::uint64_t erase_word(std::size_t i, std::uint64_t members) {
    if (i >= words_.size()) return 0;
    const std::uint64_t erased = words_[i] & members;
    words_[i] &= ~members;
    return erased;
  }

 private:
  static std::uint64_t bit(ClassId id) { return std::uint64_t{1} << id.index() % 64; }

  std::vector<std::uint64_t> words_;
};

}  // namespace dure
