// Rows of old facts, many packed into one.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "dure/base/bytes.h"
#include "dure/base/result.h"
#include "dure/journal/fact_row.h"

namespace dure {

// Collects rows and packs them.
class ArchiveWriter {
 public:
  void add(const FactRow& row);
  std::size_t size() const { return rows_.bytes().size(); }  // before it is packed
  Result<std::vector<std::byte>> pack() const;
  void clear() { rows_.clear(); }

 private:
  ByteWriter rows_;
};

// Visits the rows that were packed, in order; stops at the first error.
Result<void> unpack(std::span<const std::byte> archive, const std::function<Result<void>(const FactRow&)>& visit);

}  // namespace dure
