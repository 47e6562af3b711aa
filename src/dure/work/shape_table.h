// Interns shapes, so that equal shapes have equal ids and a million jobs share a handful of them.
#pragma once

#include <cstdint>
#include <map>
#include <type_traits>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/ids.h"
#include "dure/work/shape.h"

namespace dure {

// Invariant: a shape is in the table exactly while somebody uses it; ids of dropped shapes are used again.
class ShapeTable {
 public:
  // Returns the id of `shape` and counts one more user. O(log shapes).
  ShapeId take(const Shape& shape);
  // Counts one user less. Requires a matching take.
  void give_back(ShapeId id);

  const Shape& operator[](ShapeId id) const { return entries_[id.index()].shape; }
  // One more than the largest id in use: the size of a vector indexed by ShapeId.
  std::size_t id_bound() const { return entries_.size(); }

  // Lets `change` alter every shape in use, in a way that keeps different shapes different; ids stay. O(shapes).
  template <class Function>
  void renumber(const Function& change) {
    for (Entry& entry : entries_) {
      if (entry.users > 0) change(entry.shape);
    }
    index();
  }

  // Canonical bytes; what is read has the same ids, and gives out the same next.
  template <class Archive>
  friend void fields(Archive& archive, Like<ShapeTable> auto& table) {
    archive(table.entries_);
    archive(table.free_);
    if constexpr (!std::is_const_v<std::remove_reference_t<decltype(table)>>) table.index();
  }

 private:
  struct Entry {
    Shape shape;
    std::uint64_t users = 0;

    template <class Archive>
    friend void fields(Archive& archive, Like<Entry> auto& entry) {
      archive(entry.shape);
      archive(entry.users);
    }
  };
  void index();
  std::vector<Entry> entries_;
  std::vector<ShapeId> free_;
  std::map<Shape, ShapeId> ids_;
  ShapeId last_{};  // jobs of one shape often come in a row
};

}  // namespace dure
