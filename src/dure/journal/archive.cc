#include "dure/journal/archive.h"

#include <fmt/format.h>
#include <zstd.h>

#include <string>

namespace dure {
namespace {

// No archive is packed from more, unless a single turn is.
constexpr std::size_t most_bytes = std::size_t{1} << 30;

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

Result<std::vector<std::byte>> decompress(std::span<const std::byte> archive) {
  const unsigned long long size = ZSTD_getFrameContentSize(archive.data(), archive.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > most_bytes) {
    return fail(Code::failed, "an archive of facts is damaged: it does not begin as one");
  }
  std::vector<std::byte> bytes(size);
  const std::size_t written = ZSTD_decompress(bytes.data(), bytes.size(), archive.data(), archive.size());
  if (ZSTD_isError(written) != 0 || written != size) {
    return fail(Code::failed, fmt::format("an archive of facts is damaged: {}", ZSTD_getErrorName(written)));
  }
  return bytes;
}

}  // namespace

void ArchiveWriter::add(const FactRow& row) {
  rows_(PackedRow{row.first, row.count, row.chain, static_cast<std::uint32_t>(row.bytes.size())});
  rows_.raw(row.bytes);
}

Result<std::vector<std::byte>> ArchiveWriter::pack() const {
  std::vector<std::byte> archive(ZSTD_compressBound(size()));
  const std::size_t written = ZSTD_compress(archive.data(), archive.size(), rows_.bytes().data(), size(), 9);
  if (ZSTD_isError(written) != 0) {
    return fail(Code::failed, fmt::format("facts cannot be packed: {}", ZSTD_getErrorName(written)));
  }
  archive.resize(written);
  return archive;
}

Result<void> unpack(std::span<const std::byte> archive, const std::function<Result<void>(const FactRow&)>& visit) {
  const auto bytes = decompress(archive);
  if (!bytes) return tl::unexpected(bytes.error());
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
