#include "dure/journal/head_file.h"

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "dure/base/bytes.h"
#include "dure/base/hash.h"

namespace dure {
namespace {

using Slot = std::array<std::byte, HeadFile::slot_bytes>;

constexpr std::uint64_t head_magic = 0x4441'4548'4552'5544;  // "DUREHEAD"
constexpr std::uint32_t head_version = 2;

// What a slot says; the rest up to the checksum, its last 8 bytes, is zero.
struct Content {
  std::uint64_t magic = dure::head_magic;
  std::uint32_t version = dure::head_version;
  Head head;
};

template <class Archive>
void fields(Archive& archive, Like<Content> auto& content) {
  archive(content.magic);
  archive(content.version);
  archive(content.head.link.sequence);
  archive(content.head.link.chain);
  if (content.version == 1) return;
  archive(content.head.audit.number);
  archive(content.head.audit.hash);
}

// Version 1 knew of no audit log, and was half as long.
constexpr std::size_t bytes_of(std::uint32_t of) { return of == 1 ? HeadFile::slot_bytes / 2 : HeadFile::slot_bytes; }

Slot encode(const Content& content) {
  const std::size_t checked = bytes_of(content.version) - sizeof(std::uint64_t);
  ByteWriter writer;
  writer(content);
  Slot slot{};
  std::ranges::copy(writer.bytes(), slot.begin());
  writer.clear();
  writer(chain_hash(0, std::span(slot).first(checked)));
  std::ranges::copy(writer.bytes(), slot.begin() + static_cast<std::ptrdiff_t>(checked));
  return slot;
}

std::optional<Head> decode(const Slot& slot) {
  Content content;
  ByteReader reader(slot);
  reader(content);
  if (content.version < 1 || content.version > head_version || encode(content) != slot) return std::nullopt;
  return content.head;
}

// Neither ever goes back.
bool is_older(const Head& a, const Head& b) {
  return std::pair(a.link.sequence, a.audit.number) < std::pair(b.link.sequence, b.audit.number);
}

}  // namespace

Result<HeadFile> HeadFile::open(const std::filesystem::path& path) {
  HeadFile head;
  auto file = File::open(path, O_RDWR);
  if (!file) return tl::unexpected(file.error());
  head.file_ = std::move(*file);
  for (std::size_t i = 0; i < head.slots_.size(); ++i) {
    Slot slot{};
    const auto size = head.file_.read_at(i * slot_distance, slot);
    if (!size) return tl::unexpected(size.error());
    head.slots_[i] = decode(slot);
  }
  return head;
}

Result<HeadFile> HeadFile::create(const std::filesystem::path& path, const Head& says) {
  HeadFile head;
  auto file = File::open(path, O_RDWR | O_CREAT | O_TRUNC);
  if (!file) return tl::unexpected(file.error());
  head.file_ = std::move(*file);
  const std::array<std::byte, 2 * slot_distance> blank{};
  if (auto written = head.file_.write_at(0, blank); !written) return tl::unexpected(written.error());
  if (auto written = head.write(says); !written) return tl::unexpected(written.error());
  if (auto synced = sync_folder(path.parent_path()); !synced) return tl::unexpected(synced.error());
  return head;
}

std::optional<Head> HeadFile::newest() const {
  if (!slots_[0] || !slots_[1]) return slots_[0] ? slots_[0] : slots_[1];
  return is_older(*slots_[1], *slots_[0]) ? slots_[0] : slots_[1];
}

Result<void> HeadFile::write(const Head& head) {
  const bool first_is_older = !slots_[0] || (slots_[1] && !is_older(*slots_[1], *slots_[0]));
  const std::size_t at = first_is_older ? 0 : 1;
  if (auto written = file_.write_at(at * slot_distance, encode({.head = head})); !written) return written;
  if (auto synced = file_.sync(); !synced) return synced;
  slots_[at] = head;
  return {};
}

Result<std::optional<Head>> read_head(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "head")) return std::nullopt;
  const auto head = HeadFile::open(folder / "head");
  if (!head) return tl::unexpected(head.error());
  return head->newest();
}

}  // namespace dure
