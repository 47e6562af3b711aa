#include "dure/work/shape_table.h"

#include "dure/base/assert.h"

namespace dure {

ShapeId ShapeTable::take(const Shape& shape) {
  if (last_.index() < entries_.size() && entries_[last_.index()].users > 0 && entries_[last_.index()].shape == shape) {
    ++entries_[last_.index()].users;
    return last_;
  }
  const auto found = ids_.find(shape);
  if (found != ids_.end()) {
    last_ = found->second;
  } else if (!free_.empty()) {
    last_ = free_.back();
    free_.pop_back();
    entries_[last_.index()].shape = shape;
    ids_.emplace(shape, last_);
  } else {
    last_ = id_of<ShapeTag>(entries_.size());
    entries_.push_back({.shape = shape});
    ids_.emplace(shape, last_);
  }
  ++entries_[last_.index()].users;
  return last_;
}

void ShapeTable::give_back(ShapeId id) {
  Entry& entry = entries_[id.index()];
  DURE_ASSERT(entry.users > 0);
  if (--entry.users > 0) return;
  ids_.erase(entry.shape);
  free_.push_back(id);
}

void ShapeTable::index() {
  ids_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].users > 0) ids_.emplace(entries_[i].shape, id_of<ShapeTag>(i));
  }
}

}  // namespace dure
