#include "dure/journal/archive.h"

#include "dure/journal/packing.h"

namespace dure {
namespace {

// No archive is packed from more, unless a single turn is.
constexpr std::size_t archive_bytes_max = std::size_t{1} << 30;

// A row as it lies in an archive.
struct PackedRow {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  std::uint64_t chain = 0;
  std::uint32_t size = 0;  // of the bytes that follow
};

template <class Archive>
void fields(Archive& archive, Like<PackedRow> auto& row) {
  archive(row.first);
  archive(row.count);
  archive(row.chain);
  archive(row.size);
}

}  // namespace

void ArchiveWriter::add(const FactRow& row) {
  rows_(PackedRow{row.first, row.count, row.chain, static_cast<std::uint32_t>(row.bytes.size())});
  rows_.raw(row.bytes);
}

Result<std::vector<std::byte>> ArchiveWriter::pack() const {
  auto archive = dure::pack(rows_.bytes(), 9);
  if (!archive) return fail(Code::failed, "facts cannot be packed: " + archive.error().message);
  return archive;
}

Result<void> unpack(std::span<const std::byte> archive, const std::function<Result<void>(const FactRow&)>& visit) {
  const auto bytes = unpack(archive, archive_bytes_max);
  if (!bytes) return fail(Code::failed, "an archive of facts is damaged: " + bytes.error().message);
  ByteReader reader(*bytes);
  while (reader.left() > 0) {
    PackedRow row;
    reader(row);
    const std::span<const std::byte> facts = reader.raw(row.size);
    if (reader.has_failed()) return fail(Code::failed, "an archive of facts is damaged: its last row is cut off");
    if (auto visited = visit({row.first, row.count, row.chain, facts}); !visited) return visited;
  }
  return {};
}

}  // namespace dure
